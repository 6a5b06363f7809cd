"""A callgate that is configured as a server of itself is refused, and no chain of processes is started."""
import json

import processes


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {
        "self": {"command": ctx.callgate_path, "env": {"CALLGATE_CONFIG": str(ctx.config_file),
                                                       "CALLGATE_STATE": str(ctx.state)}},
        "good": ctx.server("good", "tools=echo")}}))
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.tools(), ["good__echo"], "tools")
    ctx.check(len(processes.marked(ctx.dir)) < 10, f"processes: {processes.marked(ctx.dir)}")
    gate.told("'self'")
    gate.close()
