"""Broken and oversized lines of a client are answered with an error that says what is wrong, and the session continues."""


def run(ctx):
    ctx.servers(a=["tools=echo"])
    gate = ctx.gate()
    gate.hello()
    for line in (b"not json\n", b'{"jsonrpc":"2.0","id":1,\n', b"\x00\xff\n", b"42\n", b'"text"\n', b"null\n", b"{}\n"):
        gate.send_bytes(line)
        error = gate.expect_next('{"jsonrpc":"2.0","error":{}}', exact=False)["error"]
        ctx.check(str(error["code"]) in ("-32700", "-32600") and error["message"], f"{line!r}: {error}")
    gate.send_bytes(b'{"jsonrpc":"2.0","id":"big","method":"ping","x":"' + b"x" * (17 << 20) + b'"}\n')
    error = gate.reply("big")["error"]
    ctx.check("16777216" in error["message"] and "limits.line" in error["message"], error)
    gate.send_bytes(b"\n\r\n   \n")
    ctx.equal(gate.request("ping")["result"], {}, "afterwards")
    gate.send_bytes(b'{"jsonrpc":"2.0","id":"last","method":"ping"}')  # no line end, then the end of input
    gate.process.stdin.close()
    gate.allowed.append({"id": "last"})
    gate.close()
