"""Every exposed name is legal for the strictest client, shortened names are the same in each run, and an invalid tool hides only itself."""
import json
import re

LONG = "x" * 60


def run(ctx):
    (ctx.dir / "tools.json").write_text(json.dumps({"tools": [
        {"name": "good", "inputSchema": {"type": "object"}},
        {"name": "", "inputSchema": {"type": "object"}},
        {"inputSchema": {"type": "object"}},
        {"name": 7, "inputSchema": {"type": "object"}},
        "no object",
        {"name": "no_schema"},
        {"name": "good", "description": "the same again", "inputSchema": {"type": "object"}},
        {"name": "last", "inputSchema": {"type": "object"}}]}))
    ctx.write_config(json.dumps({"mcpServers": {
        "a": ctx.server("a", f"tool={LONG}1:who", f"tool={LONG}2:who", "tool=dot.slash/space :who", "tool=grüße:who",
                        "tool=" + "y" * 45 + ":who", "tool=" + "y" * 46 + ":who"),
        "s" * 60: ctx.server("s", "tools=who"),
        "odd": ctx.server("odd", "tools-file=@DIR@/tools.json", "tools=good:who,last:who")}}))
    lists = []
    for _ in range(2):
        gate = ctx.gate()
        gate.hello()
        names = gate.tools()
        for name in names:
            ctx.check(re.fullmatch(r"[A-Za-z0-9_-]{1,48}", name), f"'{name}' does not fit")
        ctx.equal(len(set(names)), 9, f"tools {names}")
        ctx.check("a__" + "y" * 45 in names and "a__" + "y" * 46 not in names, "names of 48 characters are not shortened, longer ones are")
        ctx.equal([name for name in names if name.startswith("odd")], ["odd__good", "odd__last"], "valid tools next to invalid ones")
        reached = {gate.text(name) for name in names if not name.startswith("odd")}
        ctx.check({f"a {LONG}1", f"a {LONG}2", "a grüße", "s who"} <= reached, f"reached {reached}")
        gate.close()
        lists.append(names)
    ctx.equal(lists[0], lists[1], "names of the next run")
