"""A server's many pages become one list; a tool that stands at two pages' edge stands once."""


def run(ctx):
    ctx.servers(a=["pages=7"], b=["many=300"])
    gate = ctx.gate()
    gate.hello()
    names, cursor = [], None
    while True:
        result = gate.request("tools/list", {"cursor": cursor} if cursor is not None else {})["result"]
        names += [tool["name"] for tool in result["tools"]]
        cursor = result.get("nextCursor")
        if cursor is None:
            break
        ctx.check("page " not in cursor, f"a server's own cursor reached the client: {cursor}")
    ctx.equal(names, [f"a__page_{n}" for n in range(7)] + [f"b__many_{n}" for n in range(300)], "tools")
    ctx.equal(gate.text("a__page_6"), "page_6", "the last page's tool")
    ctx.equal(gate.request("tools/list", {"cursor": "page 1"})["error"]["code"], -32602, "a foreign cursor")
    gate.close()
