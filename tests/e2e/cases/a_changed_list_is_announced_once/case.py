"""A change in one server's list becomes one notification, and the new list is available when it arrives."""


def run(ctx):
    ctx.servers(a=["tools=change,echo"], b=["tools=echo"])
    gate = ctx.gate()
    gate.hello()
    before = gate.tools()
    ctx.check("a__extra" not in before, before)
    gate.call("a__change", {"times": 5})
    gate.expect('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}')
    ctx.equal(sorted(gate.tools()), sorted([*before, "a__extra"]), "tools")
    ctx.equal(gate.text("a__extra"), "extra", "the new tool")
    gate.call("a__change")
    gate.expect('{"method":"notifications/tools/list_changed"}')
    ctx.equal(gate.tools(), before, "tools")
    ctx.check("error" in gate.call("a__extra"), "a tool that is gone cannot be called")
    gate.allowed.append({"method": "notifications/tools/list_changed"})
    gate.close()
    changed = [line for line in gate._all if b"list_changed" in line]
    ctx.check(len(changed) <= 3, f"seven changes, {len(changed)} notifications")
    ctx.check(not any(b'"params":[' in line for line in changed), "params is an object or absent")
