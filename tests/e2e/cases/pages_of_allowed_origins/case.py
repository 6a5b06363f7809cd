"""A web page of an allowed origin can use the gate: it gets preflights, and CORS headers on answers, errors and streams. A path may end
in a slash."""
import http_client

ASKED = "authorization,content-type,mcp-protocol-version,mcp-session-id,last-event-id,mcp-method,mcp-name"


def run(ctx):
    ctx.write_config({"mcpServers": {"fs": ctx.server("fs", "tools=echo")}, "http": {"origins": ["app://obsidian.md"]}})
    serve = http_client.Serve(ctx)

    def allowed(response, origin, what):
        ctx.equal((response.fields.get("access-control-allow-origin"), response.fields.get("vary")), (origin, "Origin"), what)
        exposed = response.fields["access-control-expose-headers"].lower().split(", ")
        ctx.check({"mcp-session-id", "mcp-protocol-version"} <= set(exposed), f"{what}: {exposed}")

    for origin in ("http://localhost:5173", "app://obsidian.md"):
        for path in ("/mcp", "/mcp/", "/sse", "/messages"):
            asked = serve.request("OPTIONS", path, token=False, Origin=origin, Access_Control_Request_Method="POST",
                                  Access_Control_Request_Headers=ASKED)
            ctx.equal((asked.status, "content-length" in asked.fields), (204, False), f"preflight of {path}")
            allowed(asked, origin, f"preflight of {path}")
            given = asked.fields["access-control-allow-headers"].lower().split(", ")
            ctx.check(set(ASKED.split(",")) <= set(given), f"headers of {path}: {given}")
        refused = serve.request("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "ping"}, token=False, Origin=origin)
        ctx.equal(refused.status, 401, "a page needs the token")
        allowed(refused, origin, "a page may read why")
        session = serve.hello(Origin=origin)
        answer = serve.call(session, "fs__echo", {"n": 1}, Origin=origin)
        ctx.equal(answer.answer["result"]["content"][0]["text"], '{"n": 1}', "a call of the page")
        allowed(answer, origin, "a page's call")
        allowed(serve.request("GET", "/mcp/", Mcp_Session_Id=session, Origin=origin), origin, "a page's stream")
        # A request without an origin on the same connection gets no headers of the page's request.
        answer = serve.call(session, "fs__echo", {"n": 2}, Origin=origin)
        plain = serve.call(session, "fs__echo", {"n": 3}, connection=answer.connection)
        ctx.check("access-control-allow-origin" not in plain.fields, "a request without an origin gets no such header")
    ctx.equal(serve.request("POST", "/mcp/", {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "e", "version": "1"}}}).status, 200, "/mcp/")
    stream = serve.request("GET", "/sse/", accept="text/event-stream").connection
    ctx.check(stream.event()["data"].startswith("/messages?sessionId="), "/sse/")
    serve.end()
