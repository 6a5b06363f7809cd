"""Servers that ignore end of input and SIGTERM are ended within the time limit, all at the same time."""
import time


def run(ctx):
    ctx.write_config({"mcpServers": {f"s{n}": ctx.server(f"s{n}", "tools=echo", "ignores-eof", *(["ignores-sigterm"] if n % 2 else []),
                                                         stop_timeout="200ms") for n in range(8)}})
    gate = ctx.gate()
    gate.hello()
    ctx.equal(len(gate.tools()), 8, "tools")
    began = time.monotonic()
    gate.close()
    # Ending eight servers one after the other would take eight grace periods.
    ctx.check(time.monotonic() - began < 9, f"ended after {time.monotonic() - began:.1f} s")
