"""Messages of any size up to the limit pass in both directions. A longer one is answered with a short error, and the child stays usable."""
import json

KIB, MIB = 1 << 10, 1 << 20


def run(ctx):
    ctx.servers(a=["tools=huge,echo"])
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    for size in (1, 4 * KIB, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 96 * KIB, 128 * KIB, MIB, 8 * MIB, 10 * MIB, 12 * MIB):
        ctx.equal(len(gate.text("a__huge", {"bytes": size}, 60)), size, "bytes of the answer")
        ctx.equal(len(json.loads(gate.text("a__echo", {"s": "y" * size}, 60))["s"]), size, "bytes of the echoed argument")
    too_much = gate.call("a__huge", {"bytes": 17 * MIB}, 60)
    ctx.check("limits.line" in too_much["error"]["message"], f"{str(too_much)[:500]}")
    too_much = gate.call("a__echo", {"s": "y" * 17 * MIB}, 60)
    ctx.check("limits.line" in too_much["error"]["message"], f"{str(too_much)[:500]}")
    ctx.equal(gate.text("a__echo"), "{}", "afterwards")
    gate.send_bytes(b'{"jsonrpc":"2.0",')
    for byte in b'"id":"slow","method":"ping"}\n':
        gate.send_bytes(bytes([byte]))
    ctx.equal(gate.reply("slow")["result"], {}, "a request that is written byte by byte")
    gate.close()
