"""A server that hangs in its handshake or in its list delays only requests for that server."""
import json


def run(ctx):
    ctx.write_config(json.dumps({
        "mcpServers": {"hello": ctx.server("hello", "hang-in-initialize", "ignores-eof", stop_timeout="500ms"),
                       "list": ctx.server("list", "hang-in-tools-list", "tools=echo"),
                       "good": ctx.server("good", "tools=echo,never")},
        "limits": {"first_list": "500ms"}}))
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.text("good__echo"), "{}", "the good server, before any list")
    ctx.equal(gate.tools(), ["good__echo", "good__never"], "the tools of servers that answer in time")
    gate.start("tools/call", {"name": "good__never", "arguments": {}})
    ctx.equal(gate.text("good__echo", {"n": 1}), '{"n": 1}', "a call next to one that never ends")
    gate.allowed.append({"error": {}})
    gate.close()
