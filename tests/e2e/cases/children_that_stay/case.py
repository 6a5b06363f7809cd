"""Servers that ignore end of input and SIGTERM are ended at the same time."""


def run(ctx):
    ctx.write_config({"mcpServers": {f"s{n}": ctx.server(f"s{n}", "tools=echo", "ignores-eof", *(["ignores-sigterm"] if n % 2 else []))
                                     for n in range(16)}})
    gate = ctx.gate()
    gate.hello()
    ctx.equal(len(gate.tools()), 16, "tools")
    # Each has 0.6 s until SIGTERM and 1.2 s until SIGKILL. One after the other they would take longer than the harness waits for the end.
    gate.close()
