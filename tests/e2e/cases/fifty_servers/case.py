"""Fifty servers start at the same time, and the slow ones do not delay others for long."""
import json


def run(ctx):
    servers = {f"s{n}": ctx.server(f"s{n}", "tools=echo", *(["slow-start=200"] if n % 5 == 0 else [])) for n in range(50)}
    ctx.write_config(json.dumps({"mcpServers": servers}))
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.text("s1__echo"), "{}", "a fast server")
    names = gate.tools()
    ctx.equal(names, [f"s{n}__echo" for n in range(50)], "tools, in the order of the configuration")
    gate.close()
