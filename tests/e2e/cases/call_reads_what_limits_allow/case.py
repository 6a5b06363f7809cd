"""`callgate call` reads an answer as deep as limits.depth allows."""


def run(ctx):
    deep = '{"content":[{"type":"text","text":"deep"}],"_meta":{"x":' + "[" * 600 + "]" * 600 + "}}"
    (ctx.dir / "deep.json").write_text(deep)
    ctx.write_config({"mcpServers": {"fs": ctx.server("fs", "tools=verbatim", f"verbatim={ctx.dir}/deep.json")},
                      "limits": {"depth": 700}})
    ctx.check("deep" in ctx.run("call", "fs__verbatim", "{}"), "the answer is printed")
    ctx.check("[[[" in ctx.run("call", "fs__verbatim", "{}", "--json"), "the answer is printed whole as JSON")
