"""A call that takes too long is cancelled and answered. Progress extends its time, up to a limit. Other calls are not affected."""
import json


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {
        "a": ctx.server("a", "tools=never,slow,seen", call_timeout="400ms"),
        "c": ctx.server("c", "tools=slow,seen", call_timeout="400ms", call_cap="900ms")}}))
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    answer = gate.call("a__never")
    ctx.check(answer["error"]["code"] == -32603 and "call_timeout" in answer["error"]["message"], answer)
    gate.allowed.append({"method": "notifications/progress"})
    slow = gate.call("a__slow", {"steps": 6, "ms": 150}, meta={"progressToken": "p"})
    ctx.check("result" in slow, f"progress extends the time: {slow}")
    capped = gate.call("c__slow", {"steps": 100, "ms": 100}, meta={"progressToken": "q"})
    ctx.check("call_cap" in capped["error"]["message"], capped)
    for server in ("a", "c"):
        ctx.check("cancelled-known 1\n" in gate.text(f"{server}__seen"), f"{server} got the cancellation")
    gate.close()
    ctx.equal([call["outcome"] for call in ctx.history()], ["timeout", "ok", "timeout", "ok", "ok"], "outcomes")
