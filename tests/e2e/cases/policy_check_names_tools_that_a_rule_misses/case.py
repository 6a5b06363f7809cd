"""If a rule is about the paths in one argument, `policy check` names the tools that have paths in another one."""
import json


def tool(name, *arguments):
    return {"name": name, "inputSchema": {"type": "object", "properties": {one: {"type": "string"} for one in arguments}}}


def check(ctx, argument):
    rule = {"tool": "a__*", "args": {argument: {"outside": [str(ctx.dir)]}}}
    ctx.write_config(json.dumps({"mcpServers": {"a": {"command": "true"}}, "policy": {"deny": [rule]}}))
    return [note["message"] for note in json.loads(ctx.run("policy", "check", "--json"))["notes"]]


def run(ctx):
    lists = {"tools": [tool("read", "path"), tool("move", "source", "destination"), tool("roots")]}
    catalog = ctx.state / "catalog"
    catalog.mkdir(parents=True)
    (catalog / "a.json").write_text(json.dumps({"server": "a"}) + "\n" + json.dumps(lists))
    notes = check(ctx, "path")
    ctx.equal(len(notes), 1, f"notes: {notes}")
    ctx.check("a__move, which" in notes[0] and '"*"' in notes[0] and "a__read" not in notes[0], notes[0])
    ctx.equal(check(ctx, "*"), [], "notes about *")
