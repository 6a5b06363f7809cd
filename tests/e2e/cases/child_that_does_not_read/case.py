"""If a child stops reading, calls to it fail at once and with a code. Other servers and the loop are not affected."""
import json


def run(ctx):
    ctx.write_config(json.dumps({
        "mcpServers": {"deaf": ctx.server("deaf", "tools=deaf,echo", stop_timeout="500ms"), "good": ctx.server("good", "tools=echo")},
        "limits": {"line": "1MiB", "queue": "4MiB"}}))
    gate = ctx.gate()
    gate.hello()
    gate.text("deaf__deaf")
    started = [gate.start("tools/call", {"name": "deaf__echo", "arguments": {"s": "x" * 1_000_000}}) for _ in range(10)]
    ctx.equal(gate.text("good__echo"), "{}", "the other server")
    refused = gate.reply(started[-1])
    ctx.check("queue" in refused["error"]["message"], f"a call to the full queue is refused: {refused}")
    gate.allowed.append({"error": {}})
    gate.close()
    outcomes = [call["outcome"] for call in ctx.history() if call["server"] == "deaf" and call["tool"] == "echo"]
    ctx.check(len(outcomes) == 10 and "pending" not in outcomes and "ok" not in outcomes, outcomes)
