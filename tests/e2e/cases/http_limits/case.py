"""Connections, sessions and bytes towards a client are bounded; what waits for nothing gives way, and nobody else suffers."""
import http_client


def run(ctx):
    ctx.write_config({"mcpServers": {"fs": ctx.server("fs", "tools=echo")},
                      "limits": {"connections": 8, "sessions": 6, "line": "1MiB", "queue": "2MiB"}})
    serve = http_client.Serve(ctx)
    session = serve.hello()
    # Connections that wait for nothing give way to new ones.
    idle = [serve.connect() for _ in range(8)]
    for connection in idle:
        ctx.equal(serve.request("GET", "/healthz", connection=connection).status, 200, "eight at once")
    ctx.equal(serve.request("GET", "/healthz").status, 200, "a ninth")
    ctx.check(idle[0].closed(), "the one that was idle for the longest time is gone")
    for connection in idle:
        connection.close()
    # So do those that do not get on with their first request.
    halves = [serve.connect() for _ in range(8)]
    for connection in halves:
        connection.send("GET /healthz HTTP/1.1\r\nHost:")
    ctx.wait(lambda: serve.request("GET", "/healthz").status == 200, "room among half heads")
    for connection in halves:
        connection.close()
    # Streams don't: one over the limit is turned away.
    streams = [serve.request("GET", "/sse").connection for _ in range(5)]
    last = serve.request("GET", "/mcp", Mcp_Session_Id=session)
    ctx.equal(last.status, 200, "the session's stream")
    ctx.equal(serve.request("GET", "/sse").status, 503, "all six sessions are in use")
    last.connection.close()
    for connection in streams:
        connection.close()
    ctx.wait(lambda: serve.request("GET", "/healthz").status == 200, "room again")
    # A client that does not read is cut off; its session and everybody else go on.
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

    ctx.wait(cut_off, "a client that does not read is cut off")
    ctx.equal(serve.call(serve.hello(), "fs__echo").status, 200, "another client")
    # One message at the limit of a line, and one over.
    limit = 1 << 20
    head = '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"'
    fresh = serve.hello()
    for size, status in ((limit, 200), (limit + 1, 413)):
        text = head + "x" * (size - len(head) - 3) + '"}}'
        ctx.equal(serve.request("POST", "/mcp", text, Mcp_Session_Id=fresh).status, status, f"{size} bytes")
    serve.end()
