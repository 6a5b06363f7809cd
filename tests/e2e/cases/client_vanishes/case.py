"""The end of input ends every child and grandchild, also detached ones. The client's death is the same event to the gate."""
import harness
import processes


def run(ctx):
    ctx.servers(a=["tools=spawn,pid", "grandchild", "grandchild-setsid", "grandchild-orphan"], b=["tools=never"])
    gate = ctx.gate()
    gate.hello()
    gate.text("a__spawn")
    gate.start("tools/call", {"name": "b__never", "arguments": {}})
    gate.text("a__pid")
    gate.allowed.append({"error": {}})
    gate.close()
    ctx.equal(processes.wait_gone(ctx.dir, harness.GONE_WITHIN), [], "processes left")
    ctx.equal([call["outcome"] for call in ctx.history()], ["ok", "cancelled", "ok"], "outcomes")
