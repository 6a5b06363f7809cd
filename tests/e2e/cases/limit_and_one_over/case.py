"""A line of exactly limits.line bytes passes in both directions, and a line with one byte more does not."""
import json

LIMIT = 200_000


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {"a": ctx.server("a", "tools=line,echo", "line=@DIR@/line")},
                                 "limits": {"line": LIMIT}}))
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    for over in (0, 1):
        head = '{"jsonrpc":"2.0","id":"i%d","method":"ping","params":{"x":"' % over
        gate.send(head + "z" * (LIMIT + over - len(head) - 3) + '"}}')
        answer = gate.reply(f"i{over}")
        ctx.equal("result" in answer, not over, f"a client's line of {LIMIT + over} bytes")
    ctx.check("limits.line" in answer["error"]["message"], answer)

    (ctx.dir / "line").write_text('{"jsonrpc":"2.0","id":@ID@,"result":{"content":[{"type":"text","text":"@PAD@"}]}}\n')
    for over in (0, 1):
        answer = gate.call("a__line", {"bytes": LIMIT + over})
        ctx.equal("result" in answer, not over, f"a server's line of {LIMIT + over} bytes")
    ctx.check("limits.line" in answer["error"]["message"], answer)
    ctx.equal(gate.text("a__echo"), "{}", "afterwards")
    gate.close()
