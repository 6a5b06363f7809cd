"""A line of exactly limits.line bytes passes, both ways; one byte more does not."""
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

    gate.text("a__echo")  # so that the gate's own ids are known to have more than one digit's room below
    for over in (0, 1):
        # Ids of the gate's are short here; the line is padded to the byte once its id is known, so try the lengths around it.
        outcomes = []
        for digits in (1, 2):
            frame = '{"jsonrpc":"2.0","id":@ID@,"result":{"content":[{"type":"text","text":""}]}}'
            pad = LIMIT + over - (len(frame) - 4 + digits)
            (ctx.dir / "line").write_text(frame.replace('""', '"' + "z" * pad + '"') + "\n")
            outcomes.append("result" in gate.call("a__line"))
        ctx.check(any(outcomes) if not over else not all(outcomes), f"a server's line of {LIMIT + over} bytes: {outcomes}")
    ctx.equal(gate.text("a__echo"), "{}", "afterwards")
    gate.close()
