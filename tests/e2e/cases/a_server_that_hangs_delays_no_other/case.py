"""A server that hangs in its handshake or in its list delays nobody but who asks for it."""
import json


def run(ctx):
    ctx.write_config(json.dumps({
        "mcpServers": {"hello": ctx.server("hello", "hang-in-initialize", "ignores-eof"),
                       "list": ctx.server("list", "hang-in-tools-list", "tools=echo"),
                       "good": ctx.server("good", "tools=echo,never")},
        "limits": {"first_list": "500ms"}}))
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.text("good__echo"), "{}", "the good one, before any list")
    ctx.equal(gate.tools(), ["good__echo", "good__never"], "what is there in time")
    gate.start("tools/call", {"name": "good__never", "arguments": {}})
    ctx.equal(gate.text("good__echo", {"n": 1}), '{"n": 1}', "beside a call that never ends")
    gate.allowed.append({"error": {}})
    gate.close()
