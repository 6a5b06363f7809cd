"""A server's pages are joined into one list, and a tool that is on two pages is listed once."""


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
    ctx.equal(gate.text("a__page_6"), "page_6", "the tool of the last page")
    ctx.equal(gate.request("tools/list", {"cursor": "page 1"})["error"]["code"], -32602, "a cursor that the gate did not give")
    gate.close()
