"""One more open request than limits.in_flight is refused, and the error names the limit. After one has ended, requests pass again."""
import json


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {"a": ctx.server("a", "tools=hold,release,echo")},
                                 "limits": {"in_flight": 5}}))
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    held = [gate.start("tools/call", {"name": "a__hold", "arguments": {}}) for _ in range(4)]
    ctx.check("result" in gate.call("a__echo"), "the fifth request")
    held.append(gate.start("tools/call", {"name": "a__hold", "arguments": {}}))
    answer = gate.call("a__echo")
    ctx.check("limits.in_flight" in answer["error"]["message"], f"the sixth: {answer}")
    ctx.equal(gate.request("ping")["result"], {}, "a ping")
    gate.notify("notifications/cancelled", {"requestId": held.pop()})
    ctx.check("result" in gate.call("a__release"), "a call after one was cancelled")
    for id in held:
        ctx.check("result" in gate.reply(id), "a held call")
    ctx.check("result" in gate.call("a__echo"), "afterwards")
    gate.close()
