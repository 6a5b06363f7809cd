"""A deleted session is unknown, and its client can open a new one."""
import http_client


def run(ctx):
    ctx.servers(fs=["tools=echo,hold"])
    serve = http_client.Serve(ctx)
    session = serve.hello()
    stream = serve.request("GET", "/mcp", Mcp_Session_Id=session).connection
    held = serve.connect()
    body = b'{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"fs__hold","arguments":{}}}'
    held.send(f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {serve.token}\r\nMcp-Session-Id: {session}\r\n"
              f"Accept: {http_client.ACCEPT}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    ctx.wait_history(1, lambda call: call["outcome"] == "pending")
    ctx.equal(serve.request("DELETE", "/mcp", Mcp_Session_Id=session).status, 200, "DELETE")
    while (event := stream.event()) is not None:
        ctx.check(not event.get("data"), f"no message is sent: {event}")
    answer = held.response()
    error = answer.json if answer.body else held.message()
    ctx.equal((error["id"], error["error"]["code"]), (5, -32001), "the open request is answered")
    for method in ("POST", "GET", "DELETE"):
        body = {"jsonrpc": "2.0", "id": 1, "method": "ping"} if method == "POST" else None
        ctx.equal(serve.request(method, "/mcp", body, Mcp_Session_Id=session).status, 404, f"{method} after the session was deleted")
    fresh = serve.hello()
    ctx.equal(serve.call(fresh, "fs__echo").status, 200, "a new session works")
    ctx.equal([call["outcome"] for call in ctx.wait_history(2)], ["cancelled", "ok"], "the record")
    serve.end()
    # A restarted gate does not know the sessions of the previous one.
    serve = http_client.Serve(ctx, name="again")
    ctx.equal(serve.rpc(fresh, "ping").status, 404, "a session of the previous gate")
    ctx.equal(serve.call(serve.hello(), "fs__echo").status, 200, "a new session")
    serve.end()
