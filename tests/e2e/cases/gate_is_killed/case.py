"""If the gate is killed by SIGKILL, every child dies, also double-forked ones and those in their own process session."""
import harness
import processes


def run(ctx):
    ctx.servers(a=["tools=spawn", "ignores-eof", "ignores-sigterm", "grandchild-orphan"], b=["tools=echo", "ignores-eof"])
    gate = ctx.gate()
    gate.hello()
    gate.text("a__spawn")
    ctx.wait(lambda: len(processes.marked(ctx.dir)) >= 7, "the processes run")
    gate.kill()
    gate.wait(None)
    ctx.equal(processes.wait_gone(ctx.dir, harness.GONE_WITHIN), [], "processes left")
