"""start_timeout ends a start that hangs, and the log has the reason."""
import json


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {
        "a": ctx.server("a", "hang-in-initialize", start_timeout="300ms"),
        "b": ctx.server("b", "hang-in-tools-list", "tools=echo", start_timeout="300ms")}}))
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.tools(), [], "tools")
    gate.close()
    ctx.check("start_timeout" in gate.stderr and "'a'" in gate.stderr, gate.stderr)
