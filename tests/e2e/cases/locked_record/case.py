"""While another process holds the record's lock, calls wait and the loop does not. Afterwards the calls continue."""
import sqlite3


def run(ctx):
    ctx.servers(a=["tools=echo", "journal=@DIR@/journal"])
    gate = ctx.gate()
    gate.hello()
    gate.text("a__echo")
    lock = sqlite3.connect(ctx.state / "callgate.db", isolation_level=None)
    lock.execute("begin immediate")
    waiting = gate.start("tools/call", {"name": "a__echo", "arguments": {"n": 1}})
    for _ in range(10):
        ctx.equal(gate.request("ping")["result"], {}, "the loop runs")
    ctx.check(not any(waiting.encode() in line for line in gate.arrived), "the call waits for its record")
    ctx.equal(len(ctx.lines("journal")), 1, "calls that reached the server")
    lock.execute("rollback")
    ctx.check("result" in gate.reply(waiting), "the call continues")

    lock.execute("begin immediate")
    answer = gate.call("a__echo", {"n": 2}, limit=30)
    ctx.check("error" in answer or answer["result"].get("isError"), f"a lock that is never released refuses the call: {answer}")
    ctx.check("record." in str(answer), f"the refusal has the reason: {answer}")
    ctx.equal(len(ctx.lines("journal")), 2, "calls that reached the server")
    lock.execute("rollback")
    lock.close()
    ctx.equal(gate.text("a__echo"), "{}", "afterwards")
    gate.close()
