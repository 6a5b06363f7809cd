"""Without prefixes a collision hides the later server's tool, and the name stays hidden after the first server has died."""
import json

import processes


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {
        "a": ctx.server("a", "tools=x:who,only_a:who", prefix="never"),
        "b": ctx.server("b", "tools=x:who,only_b:who", prefix="never")}}))
    gate = ctx.gate()
    gate.hello()
    gate.allowed.append({"method": "notifications/tools/list_changed"})
    ctx.equal(sorted(gate.tools()), ["only_a", "only_b", "x"], "tools")
    ctx.equal(gate.text("x"), "a x", "x is the first server's")
    processes.kill_all(processes.with_words(ctx.dir, "name=a"))
    for _ in range(20):
        answer = gate.call("x")
        ctx.check("error" in answer or answer["result"]["content"][0]["text"] == "a x", f"x moved: {answer}")
    ctx.equal(gate.text("only_b"), "b only_b", "the other server")
    gate.told("x", "'b'")  # the collision
    gate.close()
    ctx.equal({call["server"] for call in ctx.history() if call["exposed"] == "x"}, {"a"}, "servers of x in the record")
