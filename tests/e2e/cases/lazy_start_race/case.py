"""A server that does not run yet is started once, however many calls need it at the same time."""


def run(ctx):
    ctx.servers(a=["tools=echo", "starts=@DIR@/starts", "slow-start=100"])
    gate = ctx.gate()
    gate.hello()
    started = [gate.start("tools/call", {"name": "a__echo", "arguments": {"n": n}}) for n in range(200)]
    for n, id in enumerate(started):
        ctx.equal(gate.reply(id)["result"]["content"][0]["text"], f'{{"n": {n}}}', "echo")
    gate.close()
    ctx.equal(len(ctx.lines("starts")), 1, "starts")
    ctx.equal(len(ctx.history()), 200, "recorded calls")
