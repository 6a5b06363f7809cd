"""Every call that a server got is in the record, even if the gate is killed at that moment. The history shows it as lost at once."""


def run(ctx):
    ctx.gateway["shared"] = "off"  # the case is about gate processes of single clients
    ctx.servers(a=["tools=never,echo", "journal=@DIR@/journal"])
    gate = ctx.gate()
    gate.hello()
    gate.text("a__echo")
    for n in range(20):
        gate.start("tools/call", {"name": "a__never", "arguments": {"n": n}})
    ctx.wait(lambda: len(ctx.lines("journal")) >= 5, "the server gets calls")
    gate.kill()
    gate.wait(None)
    seen = len(ctx.lines("journal"))
    calls = ctx.history()
    ctx.check(len(calls) >= seen, f"the server got {seen} calls, the record has {len(calls)}")
    ctx.equal([call["outcome"] for call in calls], ["ok"] + ["lost"] * (len(calls) - 1), "outcomes before the next start")
    again = ctx.gate(name="again")
    again.hello()
    again.close()
    ctx.equal([call["outcome"] for call in ctx.history()], ["ok"] + ["lost"] * (len(calls) - 1), "outcomes after it")
