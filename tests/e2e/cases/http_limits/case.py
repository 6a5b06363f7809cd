"""Connections, sessions and the bytes queued for a client are limited. Idle connections are closed for new ones, and other clients are
not affected."""
import http_client


def run(ctx):
    ctx.write_config({"mcpServers": {"fs": ctx.server("fs", "tools=echo")},
                      "limits": {"connections": 8, "sessions": 6, "line": "1MiB", "queue": "2MiB"}})
    serve = http_client.Serve(ctx)
    session = serve.hello()
    # Idle connections are closed for new ones.
    idle = [serve.connect() for _ in range(8)]
    for connection in idle:
        ctx.equal(serve.request("GET", "/healthz", connection=connection).status, 200, "eight connections at the same time")
    ctx.equal(serve.request("GET", "/healthz").status, 200, "a ninth connection")
    ctx.check(idle[0].closed(), "the connection that was idle for the longest time is closed")
    for connection in idle:
        connection.close()
    # Connections with an incomplete first request are closed, too.
    halves = [serve.connect() for _ in range(8)]
    for connection in halves:
        connection.send("GET /healthz HTTP/1.1\r\nHost:")
    ctx.wait(lambda: serve.request("GET", "/healthz").status == 200, "a request while incomplete requests wait")
    for connection in halves:
        connection.close()
    # Streams are not closed for new ones; one more than the limit is refused.
    streams = [serve.request("GET", "/sse").connection for _ in range(5)]
    last = serve.request("GET", "/mcp", Mcp_Session_Id=session)
    ctx.equal(last.status, 200, "the session's stream")
    ctx.equal(serve.request("GET", "/sse").status, 503, "all six sessions are in use")
    last.connection.close()
    for connection in streams:
        connection.close()
    ctx.wait(lambda: serve.request("GET", "/healthz").status == 200, "a request after the streams were closed")
    # A client that does not read is disconnected, and other clients are not affected.
    deaf = serve.request("GET", "/sse").connection
    place = deaf.event()["data"]
    for message in ({"id": 1, "method": "initialize", "params": {"protocolVersion": "2024-11-05", "capabilities": {},
                                                               "clientInfo": {"name": "deaf", "version": "1"}}},
                    {"method": "notifications/initialized"}):
        ctx.equal(serve.request("POST", place, {"jsonrpc": "2.0", **message}).status, 202, "accepted")
    body = {"jsonrpc": "2.0", "id": 2, "method": "tools/call",
            "params": {"name": "fs__echo", "arguments": {"text": "x" * 500_000}}}

    def cut_off():
        return serve.request("POST", place, body).status == 404

    ctx.wait(cut_off, "a client that does not read is disconnected")
    ctx.equal(serve.call(serve.hello(), "fs__echo").status, 200, "another client")
    # A message at the limit of a line, and a longer one.
    limit = 1 << 20
    head = '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"'
    fresh = serve.hello()
    for size, status in ((limit, 200), (limit + 1, 413)):
        text = head + "x" * (size - len(head) - 3) + '"}}'
        ctx.equal(serve.request("POST", "/mcp", text, Mcp_Session_Id=fresh).status, status, f"{size} bytes")
    serve.end()
