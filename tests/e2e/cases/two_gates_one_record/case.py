"""Two gates write one record. Neither waits for the other, and the end of one does not change the other's calls."""


def run(ctx):
    ctx.servers(a=["tools=echo,hold,release"])
    one, two = ctx.gate(name="one"), ctx.gate(name="two")
    one.hello(clientInfo={"name": "one", "version": "1"})
    two.hello(clientInfo={"name": "two", "version": "2"})
    held = two.start("tools/call", {"name": "a__hold", "arguments": {}})
    started = [(gate, gate.start("tools/call", {"name": "a__echo", "arguments": {"n": n}}))
               for n in range(100) for gate in (one, two)]
    for gate, id in started:
        ctx.check("result" in gate.reply(id), "an answer")
    # The end of a call may be recorded some milliseconds after its answer. A call whose end is not recorded would rightly be lost.
    ctx.wait_history(200, lambda call: call["outcome"] == "ok")
    one.kill()
    one.wait(None)
    three = ctx.gate(name="three")
    three.hello(clientInfo={"name": "three", "version": "3"})
    three.call("a__echo")
    calls = ctx.wait_history(201, lambda call: call["outcome"] == "ok")
    others = [(call["tool"], call["client"]["name"], call["outcome"]) for call in calls if call["outcome"] != "ok"]
    ctx.equal(others, [("hold", "two", "pending")], "calls that are open")
    two.call("a__release")
    ctx.check("result" in two.reply(held), "the held call")
    two.close()
    three.close()
    calls = ctx.history()
    ctx.equal({call["outcome"] for call in calls}, {"ok"}, "outcomes")
    counts = {name: sum(call["client"]["name"] == name for call in calls) for name in ("one", "two", "three")}
    ctx.equal(counts, {"one": 100, "two": 102, "three": 1}, "calls of each")
    ctx.equal(len({call["id"] for call in calls}), 203, "ids are unique")
