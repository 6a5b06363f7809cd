"""Similar names lead to the pair (server, tool) from which they were made, and no two names are equal."""
import json

PAIRS = [("a", "b_c"), ("a_b", "c"), ("a", "b__c"), ("a__b", "c"), ("a", "B_c"), ("a.b", "c"), ("a/b", "c"),
         ("日本", "c"), ("a", "_c"), ("a_", "c"), ("same", "x"), ("1st", "2nd"), ("repo.files", "list/all"), ("a b", "c d"), ("a", "c,d")]


def run(ctx):
    tools = {}
    for server, tool in PAIRS:
        tools.setdefault(server, []).append(tool)
    ctx.write_config(json.dumps({"mcpServers": {
        server: ctx.server(server, *[f"tool={tool}:who" for tool in own]) for server, own in tools.items()}}))
    gate = ctx.gate()
    gate.hello()
    names = gate.tools()
    ctx.equal(len(names), len(PAIRS), f"tools {names}")
    ctx.equal(len(set(names)), len(PAIRS), f"different names in {names}")
    reached = sorted(gate.text(name) for name in names)
    ctx.equal(reached, sorted(f"{server} {tool}" for server, tool in PAIRS), "pairs reached")
    ctx.check({"a__b_c", "a_b__c", "a__c_d", "_1st__2nd", "repo_files__list_all"} <= set(names), f"plain names are unchanged: {names}")
    gate.close()
    called = sorted((call["server"], call["tool"]) for call in ctx.history())
    ctx.equal(called, sorted(PAIRS), "pairs in the record")

