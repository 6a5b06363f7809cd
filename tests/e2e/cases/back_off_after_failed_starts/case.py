"""A server that crashes at its first starts is started again. When it runs, its tools appear without a new session."""


def run(ctx):
    ctx.servers(a=["tools=echo", "fails-first=2", "starts=@DIR@/starts"], b=["tools=echo"])
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.tools(), ["b__echo"], "tools while it fails")
    gate.expect({"method": "notifications/tools/list_changed"})
    ctx.equal(gate.tools(), ["a__echo", "b__echo"], "tools afterwards")
    ctx.equal(gate.text("a__echo"), "{}", "a call after it has started")
    gate.close()
    ctx.equal(len(ctx.lines("starts")), 3, "starts")
