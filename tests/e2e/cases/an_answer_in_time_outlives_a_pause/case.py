"""Answers that arrived while the gate was stopped are delivered, although the calls' time is over when it continues."""
import json
import os
import signal
import time

PAUSE = 3  # longer than call_timeout


def run(ctx):
    ctx.write_config({"mcpServers": {
        "a": ctx.server("a", "tools=huge", "starts=@DIR@/starts", call_timeout="2s"),
        "b": ctx.server("b", "tools=slow", "journal=@DIR@/journal", call_timeout="2s")}})
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    server = int(ctx.lines("starts")[0])
    os.kill(server, signal.SIGSTOP)
    # The pipe holds only the first part of this answer while the gate does not read.
    large = gate.start("tools/call", {"name": "a__huge", "arguments": {"bytes": 1 << 20}})
    small = gate.start("tools/call", {"name": "b__slow", "arguments": {"steps": 0, "ms": 500}})
    ctx.wait(lambda: ctx.lines("journal"), "the servers have got the calls")
    os.kill(gate.process.pid, signal.SIGSTOP)
    os.kill(server, signal.SIGCONT)
    time.sleep(PAUSE)
    os.kill(gate.process.pid, signal.SIGCONT)
    for name, id in (("the small one", small), ("the large one", large)):
        answer = gate.reply(id)
        ctx.check("result" in answer, f"{name}: {json.dumps(answer)[:300]}")
    gate.close()
