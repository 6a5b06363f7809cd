"""Arguments that lead to our configuration or record are denied, and no rule can allow them."""
import json


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {"a": ctx.server("a", "tools=read:echo", "journal=@DIR@/journal")},
                                 "policy": {"default": "allow", "allow": ["*"]}}))
    link = ctx.dir / "link"
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    link.symlink_to(ctx.state)
    for path in (str(ctx.state / "callgate.db"), f"{ctx.state}", f"{link}/callgate.db", f"file://{ctx.state}/callgate.db",
                 f"{ctx.dir}/home/../state/new", str(ctx.config_file), "state/callgate.db"):
        answer = gate.call("a__read", {"path": path})
        ctx.check(answer.get("result", {}).get("isError") is True, f"{path} was not denied: {answer}")
    ctx.equal(gate.text("a__read", {"path": "/tmp"}), '{"path": "/tmp"}', "another path")
    gate.close()
    ctx.equal(len(ctx.lines("journal")), 1, "calls that reached the server")
