"""If a start fails, the gate answers the client's first request with the reason, the place and the next step, and exits."""
import json


def run(ctx):
    def refused(config, code, *says, arguments=(), status=1):
        ctx.write_config(config)
        gate = ctx.gate(*arguments)
        gate.notify("notifications/nothing")
        gate.send("not json")
        gate.send({"jsonrpc": "2.0", "id": "x", "method": "initialize", "params": {"protocolVersion": "2025-11-25"}})
        answer = gate.expect({"jsonrpc": "2.0", "id": "x", "error": "$any"})
        error = answer["error"]
        ctx.equal(error["data"]["code"], code, "code")
        for word in (*says, "callgate doctor"):
            ctx.check(word in error["message"], f"'{word}' is not in: {error}")
        ctx.equal(gate.process.wait(10), status, "exit status")

    refused('{"mcpServers": {', "config.not_json", "config.json:1")
    refused('{"mcpServers": {},\n"polcy": {}}', "config.unknown_key", "config.json:2:1: polcy", "policy")
    refused('{"mcpServers": {}}', "profile.unknown", "nobody", arguments=("--profile", "nobody"), status=2)
    ctx.write_config("{")
    gate = ctx.gate()
    gate.process.stdin.close()
    ctx.equal(gate.process.wait(10), 1, "exit when the input ends")
    for long in ("9" * 300_000, '"' + "i" * 300_000 + '"'):
        gate = ctx.gate()
        gate.send('{"jsonrpc":"2.0","method":"ping","id":%s}' % long)
        gate.take(lambda line: long.encode() in line, "the answer to a long id")
        ctx.equal(gate.process.wait(10), 1, "exit status")
    ctx.write_config(json.dumps({"mcpServers": {}}))
