"""The memory of long open requests is limited for all sessions of a token together. After one has ended, requests pass again."""
import json

import http_client


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {"a": ctx.server("a", "tools=hold,release,echo", share="all")},
                                 "limits": {"line": "1MiB", "queue": "32MiB"}}))
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    long = {"text": "x" * 1_000_000}
    held = [gate.start("tools/call", {"name": "a__hold", "arguments": long}) for _ in range(16)]
    ctx.check("result" in gate.call("a__echo"), "a short call next to them")
    answer = gate.call("a__echo", long)
    ctx.equal(answer.get("error", {}).get("data"), {"code": "session.full"}, f"one long call too many: {str(answer)[:300]}")
    gate.notify("notifications/cancelled", {"requestId": held.pop()})
    ctx.check("result" in gate.call("a__echo", long), "a long call after one was cancelled")
    ctx.check("result" in gate.call("a__release"), "the call that releases the others")
    for id in held:
        ctx.check("result" in gate.reply(id), "a held call")
    ctx.check("result" in gate.call("a__echo", long), "afterwards")
    gate.close()

    # The limit also holds for another session of the same client.
    serve = http_client.Serve(ctx)
    sessions = [serve.hello(), serve.hello()]
    connections = []
    for number in range(16):
        connection = serve.connect()
        body = json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "a__hold", "arguments": long}}).encode()
        connection.send(f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{serve.port}\r\nAuthorization: Bearer {serve.token}\r\nAccept: {http_client.ACCEPT}\r\n"
                        f"Content-Type: application/json\r\nMcp-Session-Id: {sessions[0]}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        connections.append(connection)
        if number % 4 == 3:  # more than eight incomplete requests at the same time would be refused
            ctx.wait(lambda: sum(call["outcome"] == "pending" for call in ctx.history()) == len(connections), "all calls so far are open")
    answer = serve.call(sessions[1], "a__echo", long).answer
    ctx.equal(answer.get("error", {}).get("data"), {"code": "session.full"}, f"a long call in another session: {str(answer)[:300]}")
    ctx.check("result" in serve.call(sessions[1], "a__echo").answer, "a short call in another session")
    for connection in connections:
        connection.close()
    serve.end()
