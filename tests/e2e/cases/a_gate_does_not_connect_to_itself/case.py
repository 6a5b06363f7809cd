"""A callgate whose own URL is among its servers refuses the connection. Otherwise each session would begin a further one, without end."""
import json
import socket

import http_client


def run(ctx):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ctx.write_config(json.dumps({"mcpServers": {
        "good": ctx.server("good", "tools=echo"),
        "self": {"url": f"http://127.0.0.1:{port}/mcp", "headers": {"Authorization": f"Bearer ${{file:{ctx.state}/token}}"}}}}))
    serve = http_client.Serve(ctx, listen=f"127.0.0.1:{port}")
    session = serve.hello()
    answer = serve.call(session, "good__echo", {"n": 1}, id=1)
    ctx.equal(answer.status, 200, "a call of another server")
    serve.gate.told("'self'", "508", "this is the URL of the callgate that sends the request")
    processes = json.loads(ctx.run("status", "--json"))["processes"]
    ctx.equal([len(process["sessions"]) for process in processes], [1], "the sessions")
    serve.end()
