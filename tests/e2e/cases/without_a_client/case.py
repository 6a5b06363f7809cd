"""Signals end the gate and its children, and so does an empty input. Calls that were open are recorded as cancelled."""
import signal


def run(ctx):
    ctx.servers(a=["tools=never,echo", "grandchild-orphan"])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        gate = ctx.gate(name=number.name)
        gate.hello()
        gate.text("a__echo")
        gate.start("tools/call", {"name": "a__never", "arguments": {"round": number.name}})
        ctx.wait_history(1, lambda call: call["outcome"] == "pending")
        gate.kill(number)
        gate.wait(None)
        ctx.equal(ctx.history()[-1]["outcome"], "cancelled", f"outcome after {number.name}")
    empty = ctx.gate(name="empty")
    empty.close()
