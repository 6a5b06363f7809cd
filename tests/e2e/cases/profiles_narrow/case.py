"""A profile narrows rights: tools that it does not allow are in no list and are refused, and the record names the profile."""
import json


def run(ctx):
    ctx.write_config(json.dumps({
        "mcpServers": {"a": ctx.server("a", "tools=read_it:echo,write_it:echo", "journal=@DIR@/journal"),
                       "b": ctx.server("b", "tools=read_it:echo", "journal=@DIR@/journal")},
        "policy": {"deny": ["a__never"]},
        "profiles": {"reviewer": {"servers": ["a"], "policy": {"default": "deny", "allow": ["*__read_*"]}}}}))
    gate = ctx.gate("--profile", "reviewer")
    gate.hello()
    ctx.equal(gate.tools(), ["a__read_it"], "tools of the reviewer")
    ctx.equal(gate.text("a__read_it"), "{}", "a tool that is allowed")
    for name in ("a__write_it", "b__read_it"):
        answer = gate.call(name)
        ctx.check("error" in answer or answer["result"].get("isError") is True, f"{name!r} was not refused: {answer}")
    gate.close()
    whole = ctx.gate(name="whole")
    whole.hello()
    ctx.equal(sorted(whole.tools()), ["a__read_it", "a__write_it", "b__read_it"], "tools without a profile")
    whole.close()
    ctx.equal(ctx.lines("journal"), ["a\tread_it\t{}"], "calls that reached a server")
    denied = ctx.history("--outcome", "denied")
    ctx.check(all(call["profile"] == "reviewer" for call in denied), denied)
    ctx.equal(denied[0]["rule"], "profile reviewer: default", "rule")
    ctx.run("--profile", "reviewr", status=2)
    ctx.run("policy", "explain", "b__read_it", "--profile", "reviewer", status=4)
