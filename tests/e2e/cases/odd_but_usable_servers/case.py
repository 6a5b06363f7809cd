"""Servers that do not end with their input, or fail to read a resource, are usable."""


def run(ctx):
    ctx.servers(everything=["tools=echo,ask", "ignores-eof", "ask-at-start=roots", "resources"], plain=["no-tools", "prompts"])
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.tools(), ["everything__echo", "everything__ask"], "tools")
    ctx.equal(len(gate.request("prompts/list")["result"]["prompts"]), 1, "prompts")
    ctx.equal(len(gate.request("resources/list")["result"]["resources"]), 2, "resources")
    ctx.equal(gate.request("resources/read", {"uri": "fake://everything/missing"})["error"]["code"], -32002, "the server's own error")
    gate.close()
