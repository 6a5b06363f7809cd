"""Unusual JSON passes byte for byte or is refused, in both directions. Duplicate keys never reach a server."""
import base64
import json

ODD = ['1e400', '-0.0', '1E+2', '12345678901234567890123', '"\\ud800"', '"\\udc00\\ud800 x"', '"\\u0000\\u001f"',
       '{"a":{"b":[[],{},[{}]]}}', '"\\/\\b\\f\\n\\r\\t"', '[' * 200 + ']' * 200, '"\ufeff"', '{"":""}', '0.1e-7']
BROKEN = ['tru', '01', '1.', '.5', '+1', '"\\q"', '"\\u12g4"', "{'a':1}", '[1,]', '{"a":1,}', '"a\tb"', 'NaN', '{"a" 1}', '\x00',
          '1 2', '[' * 300 + ']' * 300, '"\\ud8', 'nullx']


def run(ctx):
    # The guard would add a text to an answer that does not change.
    ctx.write_config({"mcpServers": {"a": ctx.server("a", "tools=mirror,verbatim", "verbatim=@DIR@/result")},
                      "guard": {"ladder": []}})
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    for odd in ODD:
        gate.send('{"jsonrpc":"2.0","id":"q","method":"tools/call","params":{"name":"a__mirror","arguments":{"v":' + odd + '}}}')
        line = base64.b64decode(gate.reply("q")["result"]["content"][0]["text"]).decode("utf-8", "surrogatepass")
        ctx.check('"arguments":{"v":' + odd + '}' in line, f"the server received {line[:300]}, not {odd[:100]}")
        result = '{"content":[],"x":' + odd + '}'
        (ctx.dir / "result").write_bytes(result.encode())
        id = gate.start("tools/call", {"name": "a__verbatim", "arguments": {}})
        gate.expect_bytes(f'"id":"{id}","result":{result}}}'.encode())
    # Characters that some readers take for line ends are escaped; the value is the same.
    for sent, forwarded in (('{"a":\r1,\r"b":[\r]}', '{"a": 1, "b":[ ]}'), ('"\u2028\u2029\x85"', '"\\u2028\\u2029\\u0085"')):
        gate.send('{"jsonrpc":"2.0","id":"q","method":"tools/call","params":{"name":"a__mirror","arguments":{"v":' + sent + '}}}')
        line = base64.b64decode(gate.reply("q")["result"]["content"][0]["text"]).decode("utf-8", "surrogatepass")
        ctx.check('"arguments":{"v":' + forwarded + '}' in line, f"the server received {line[:300]}, not {forwarded}")
        (ctx.dir / "result").write_bytes(('{"content":[],"x":' + sent + '}').encode())
        id = gate.start("tools/call", {"name": "a__verbatim", "arguments": {}})
        gate.expect_bytes(f'"id":"{id}","result":{{"content":[],"x":{forwarded}}}}}'.encode())
    for broken in BROKEN:
        gate.send('{"jsonrpc":"2.0","id":"b","method":"tools/call","params":{"name":"a__mirror","arguments":{"v":' + broken + '}}}')
        answer = gate.expect_next('{"error":{}}', exact=False)
        ctx.check(str(answer["error"]["code"]) in ("-32700", "-32600"), f"{broken[:50]}: {answer}")
    for twice in ('{"name":"a__mirror","arguments":{},"name":"a__verbatim"}', '{"name":"a__mirror","arguments":{"p":1,"p":2}}',
                  '{"name":"a__mirror","arguments":{"p":1,"\\u0070":2}}', '{"name":"a__mirror","Name":"a__verbatim","arguments":{}}',
                  '{"name":"a__mirror","arguments":{"path":1,"Path":2}}', '{"Name":"a__mirror","arguments":{}}', '{"name":"a__mirror","arguments":{"d":[{"k":1,"k":1}]}}'):
        gate.send('{"jsonrpc":"2.0","id":"d","method":"tools/call","params":' + twice + '}')
        ctx.equal(gate.reply("d")["error"]["code"], -32600, f"the same key twice: {twice}")
    gate.send_bytes(b'{"jsonrpc":"2.0","id":"u","method":"ping","params":{"x":"\xff"}}\n')
    ctx.check(b"error" in gate.take(lambda line: True, "an error"), "invalid UTF-8")

    broken_result = '{"content":[tru]}'
    (ctx.dir / "result").write_text(broken_result)
    ctx.check("error" in gate.call("a__verbatim"), "a server's broken answer still ends its call")
    (ctx.dir / "result").write_text('{"content":[{"type":"text","text":"1","text":"2"}]}')
    id = gate.start("tools/call", {"name": "a__verbatim", "arguments": {}})
    gate.expect_bytes(b'"result":{"content":[{"type":"text","text":"1","text":"2"}]}}')
    gate.close()
    shown = json.loads(ctx.run("history", "show", "@last", "--json"))
    ctx.check("result" in shown, f"an unusual call can be shown: {shown}")
