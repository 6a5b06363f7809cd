"""Lists whose cursors never end or repeat are bounded, and do not affect other servers."""
import json


def run(ctx):
    config = {"mcpServers": {"endless": ctx.server("endless", "endless-cursor"),
                             "again": ctx.server("again", "repeated-cursor"),
                             "good": ctx.server("good", "tools=echo")},
              "limits": {"pages": 50}}
    ctx.write_config(json.dumps(config))
    gate = ctx.gate()
    gate.hello()
    names = gate.tools()
    ctx.check("good__echo" in names, names)
    for server, bound in (("endless", 50), ("again", 3)):
        ours = [name for name in names if name.startswith(server + "__")]
        ctx.check(len(ours) <= bound and len(ours) == len(set(ours)), f"{server}: {ours}")
    ctx.equal(gate.text("good__echo"), "{}", "the good server")
    gate.close()
