"""Servers that stay after the end of input, or fail at resources that they declare, are met with patience."""


def run(ctx):
    ctx.servers(everything=["tools=echo,ask", "ignores-eof", "ask-at-start=roots", "resources"], plain=["no-tools", "prompts"])
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.tools(), ["everything__echo", "everything__ask"], "tools")
    ctx.equal(len(gate.request("prompts/list")["result"]["prompts"]), 1, "prompts")
    ctx.equal(len(gate.request("resources/list")["result"]["resources"]), 2, "resources")
    ctx.equal(gate.request("resources/read", {"uri": "fake://everything/missing"})["error"]["code"], -32002, "its own error")
    gate.close()
