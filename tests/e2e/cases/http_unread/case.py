"""The bytes that all clients together leave unread are limited. The client with the most unread bytes is disconnected before any client
has filled its own queue."""
import http_client

# The limit is eight full queues, 64 MiB. Two answers each are less than a queue, and the system takes up to 3 MB of them.
CLIENTS, ANSWER = 30, 3_500_000


def run(ctx):
    ctx.write_config({"mcpServers": {"fs": ctx.server("fs", "tools=huge,echo")}, "limits": {"line": "4MiB", "queue": "8MiB"}})
    serve = http_client.Serve(ctx, "--verbose")
    session = serve.hello()
    deaf = []
    for _ in range(CLIENTS):
        stream = serve.request("GET", "/sse", connection=http_client.Connection(serve.port, 4096)).connection
        deaf.append((stream, stream.event()["data"]))

    def say(place, **message):
        return serve.request("POST", place, {"jsonrpc": "2.0", **message}).status

    for _, place in deaf:
        params = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "deaf", "version": "1"}}
        ctx.equal(say(place, id=1, method="initialize", params=params), 202, "accepted")
        ctx.equal(say(place, method="notifications/initialized"), 202, "accepted")
    for number in (2, 3):
        for _, place in deaf:
            say(place, id=number, method="tools/call", params={"name": "fs__huge", "arguments": {"bytes": ANSWER}})
    ctx.wait(lambda: 404 in [say(place, method="notifications/initialized") for _, place in deaf], "one of them is disconnected")
    ctx.check("the client does not read its messages (limits.queue)" in serve.gate.stderr, f"a warning: {serve.gate.stderr[-500:]}")
    ctx.check("the client with the most unread output is cut off" in serve.gate.stderr, f"why: {serve.gate.stderr[-500:]}")
    ctx.equal(serve.call(session, "fs__echo", {"text": "y"}).status, 200, "a client that reads")
    for stream, _ in deaf:
        stream.close()
    serve.end()
