"""A tool that is always denied is in no list and cannot be called by any spelling; none of the calls reaches the server."""
import json


def run(ctx):
    ctx.write_config(json.dumps({
        "mcpServers": {"a": ctx.server("a", "tools=delete_all:echo,read_it:echo,secret:echo", "prompts", "resources",
                                       "journal=@DIR@/journal", tools={"hide": ["sec*"]}),
                       "b": ctx.server("b", "tools=delete_it:echo,keep:echo", "journal=@DIR@/journal")},
        "policy": {"deny": ["*__delete_*", {"prompt": "a__greet"}, {"resource": "fake://a/two"}],
                   "allow": ["a__delete_all"]}}))
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.tools(), ["a__read_it", "b__keep"], "tools")
    ctx.equal(gate.request("prompts/list")["result"]["prompts"], [], "prompts")
    uris = [resource["uri"] for resource in gate.request("resources/list")["result"]["resources"]]
    ctx.equal(uris, ["fake://a/one"], "resources")
    for name in ("a__delete_all", "b__delete_it", "A__DELETE_ALL", "a__Delete_all", "delete_all", "mcp__a__delete_all",
                 "mcp__callgate__a__delete_all", "a__secret", "a__delete_all ", "a__delete_all\u0000", "a.delete_all"):
        answer = gate.call(name)
        refused = "error" in answer or answer["result"].get("isError") is True
        ctx.check(refused, f"{name!r} was not refused: {answer}")
    ctx.check("error" in gate.request("prompts/get", {"name": "a__greet", "arguments": {"who": "me"}}), "a denied prompt")
    ctx.check("error" in gate.request("resources/read", {"uri": "fake://a/two"}), "a denied resource")
    completion = {"ref": {"type": "ref/prompt", "name": "a__greet"}, "argument": {"name": "who", "value": ""}}
    ctx.check("error" in gate.request("completion/complete", completion), "completion of a denied prompt")
    ctx.equal(gate.text("a__read_it"), "{}", "a tool that is allowed")
    gate.close()
    ctx.equal(ctx.lines("journal"), ["a\tread_it\t{}"], "calls that reached a server")
    denied = [(call["server"], call["tool"]) for call in ctx.history("--outcome", "denied")]
    ctx.check(("a", "delete_all") in denied and ("b", "delete_it") in denied, f"denied calls in the record: {denied}")
