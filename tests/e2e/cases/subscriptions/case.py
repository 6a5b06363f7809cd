"""Only subscribers get updates, the last unsubscription is forwarded to the server, and a subscription survives a restart of the server."""
import json

import processes

URI = "fake://a/one"


def run(ctx):
    ctx.servers(a=["tools=update,seen", "resources"])
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    update = {"jsonrpc": "2.0", "method": "notifications/resources/updated", "params": {"uri": URI}}

    gate.call("a__update", {"uri": URI})
    ctx.equal(gate.request("resources/subscribe", {"uri": URI})["result"], {}, "subscribe")
    gate.call("a__update", {"uri": URI})
    gate.expect_next(json.dumps(update))

    processes.kill_all(processes.with_words(ctx.dir, "name=a"))
    gate.allowed.extend([{"method": f"notifications/{kind}/list_changed"} for kind in ("tools", "resources")])
    answer = gate.call("a__seen")
    while "error" in answer:  # the server is started again a second later
        ctx.check("a" in answer["error"]["message"], answer)
        answer = gate.call("a__seen")
    gate.call("a__update", {"uri": URI})
    gate.expect(update)

    ctx.equal(gate.request("resources/unsubscribe", {"uri": URI})["result"], {}, "unsubscribe")
    gate.call("a__update", {"uri": URI})
    seen = gate.text("a__seen")
    ctx.check("resources/subscribe 1\n" in seen and "resources/unsubscribe 1\n" in seen, seen)
    gate.close()
