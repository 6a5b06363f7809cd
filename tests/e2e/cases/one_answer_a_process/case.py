"""A server that exits with status 0 after each answer is started again at once, for every call."""


def run(ctx):
    ctx.servers(a=["tools=exit-after", "starts=@DIR@/starts"])
    gate = ctx.gate()
    gate.hello()
    for number in range(1, 8):
        gate.text("a__exit-after", {"code": 0, "n": number})
        ctx.wait(lambda: len(ctx.lines("starts")) == number + 1, "the server is started again")
    gate.close()
    ctx.check("exited with status" not in gate.stderr, gate.stderr)
