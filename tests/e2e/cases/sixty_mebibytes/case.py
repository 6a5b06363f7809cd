"""With the greatest limits.line, 60 MiB pass in both directions."""
import json

SIZE = 60 << 20


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {"a": ctx.server("a", "tools=echo")},
                                 "limits": {"line": "64MiB", "queue": "128MiB"}}))
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    text = gate.text("a__echo", {"s": "y" * SIZE}, 120)
    ctx.equal(len(text), SIZE + len('{"s": ""}'), "bytes of the echoed argument")
    gate.close()
