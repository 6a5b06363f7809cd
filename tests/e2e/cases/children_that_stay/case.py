"""Servers that ignore end of input and SIGTERM are ended within the limit, all at once."""
import time


def run(ctx):
    ctx.write_config({"mcpServers": {f"s{n}": ctx.server(f"s{n}", "tools=echo", "ignores-eof", *(["ignores-sigterm"] if n % 2 else []),
                                                         stop_timeout="200ms") for n in range(8)}})
    gate = ctx.gate()
    gate.hello()
    ctx.equal(len(gate.tools()), 8, "tools")
    began = time.monotonic()
    gate.close()
    # Eight, one after the other, would need eight graces.
    ctx.check(time.monotonic() - began < 9, f"ended after {time.monotonic() - began:.1f} s")
