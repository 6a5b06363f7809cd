"""A call whose answer did not reach the client is not made a second time: not while it runs, not later, and not by another gate process."""
import sys

import harness

TIMEOUT = "McpError: MCP error -32001: Request timed out"


def run(ctx):
    ctx.gateway["shared"] = "off"  # each client has its own gate process, so the later processes only have the record
    ctx.write_config({"mcpServers": {"slow": {"command": sys.executable, "args": [str(harness.HERE / "slow_server.py"), "@DIR@/done"]}}})

    def newest():
        return next(reversed(ctx.history()), {"outcome": None, "late_outcome": None})

    def give_up(gate, number, ms, reason=TIMEOUT):
        id = gate.start("tools/call", order(number, ms))
        ctx.wait(lambda: newest()["outcome"] == "pending", "the call runs")
        gate.notify("notifications/cancelled", {"requestId": id, "reason": reason})

    def order(number, ms):
        return {"name": "slow__create_order", "arguments": {"n": number, "ms": ms, "cancel": "go"}}

    def texts(gate, number, ms):
        return [block["text"] for block in gate.request("tools/call", order(number, ms))["result"]["content"]]

    # While the call runs, the retry waits for it.
    gate = ctx.gate(name="first")
    gate.hello()
    give_up(gate, 1, 1500)
    first, note = texts(gate, 1, 1500)
    ctx.equal(first, "create_order 1 is done", "the answer")
    ctx.check("Already done at" in note, note)
    ctx.equal(ctx.lines("done"), ["create_order 1"], "what the server did")
    ctx.wait(lambda: newest()["outcome"] == "repeated", "the retry is recorded")
    call, retry = ctx.history()[-2:]
    ctx.equal((retry["outcome"], retry["earlier"], call["outcome"], call["late_outcome"]), ("repeated", call["id"], "cancelled", "ok"), "the record")
    ctx.check(call["id"] in ctx.run("history", "show", retry["id"]), "history show names the earlier call")

    # An answer that came too late answers the retry of the next process.
    give_up(gate, 2, 800)
    ctx.wait(lambda: newest()["late_outcome"] == "ok", "the late answer is recorded")
    gate.close()
    gate = ctx.gate(name="second")
    gate.hello()
    first, note = texts(gate, 2, 800)
    ctx.equal(first, "create_order 2 is done", "the answer from the record")
    ctx.check("Already done at" in note, note)

    # A call that ran when the process ended: nobody knows its outcome, and the client is told so once.
    gate.start("tools/call", order(3, 60_000))
    ctx.wait(lambda: newest()["outcome"] == "pending", "the call runs")
    call = newest()["id"]
    gate.kill()
    gate.wait(None)
    gate = ctx.gate(name="third")
    gate.hello()
    text, = texts(gate, 3, 60_000)
    ctx.check("unknown" in text and call in text, text)
    id = gate.start("tools/call", order(3, 60_000))
    ctx.wait(lambda: newest()["outcome"] == "pending", "the call is made again")
    gate.notify("notifications/cancelled", {"requestId": id})
    gate.close()
    ctx.equal(ctx.lines("done"), ["create_order 1", "create_order 2"], "what the server did")
