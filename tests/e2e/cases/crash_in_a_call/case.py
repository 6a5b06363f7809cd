"""If a child dies during a call, the caller gets an error with the reason at once, and the call is not sent again."""


def run(ctx):
    ctx.servers(a=["tools=crash,never,echo", "journal=@DIR@/journal"], b=["tools=echo"])
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    gate.allowed.append({"method": "notifications/tools/list_changed"})
    pending = gate.start("tools/call", {"name": "a__never", "arguments": {"n": 1}})
    answer = gate.call("a__crash", {"n": 2})
    ctx.equal(answer["error"]["code"], -32603, "code")
    for word in ("'a'", "status 3", "crashed on purpose in a call"):
        ctx.check(word in answer["error"]["message"], f"'{word}' is not in {answer}")
    ctx.equal(gate.reply(pending)["error"]["code"], -32603, "the other pending call")
    ctx.equal(gate.text("b__echo"), "{}", "the other server")
    waiting = gate.call("a__echo")
    while "error" in waiting:
        waiting = gate.call("a__echo")
    gate.close()
    tools = [line.split("\t")[1] for line in ctx.lines("journal")]
    ctx.equal((tools.count("never"), tools.count("crash")), (1, 1), "calls that the server saw")
    outcomes = [(call["tool"], call["outcome"]) for call in ctx.history()]
    ctx.check(("crash", "rpc_error") in outcomes and ("never", "rpc_error") in outcomes, outcomes)
