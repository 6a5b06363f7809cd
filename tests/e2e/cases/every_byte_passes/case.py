"""Unknown members, _meta, number texts and escapes pass unchanged. Only id, name and token differ."""
import base64


def run(ctx):
    ctx.servers(a=["tools=mirror"])
    gate = ctx.gate()
    gate.hello()
    arguments = '{ "n" : 1.50, "big":123456789012345678901234567890, "s":"\\u0041\\/\\ud83d\\ude00é", "o":{"z":1,"a":[ ]}}'
    meta = '{"progressToken":"tok","traceparent":"00-ab-cd-01","com.example/x":{"y":[1,2.0]}}'
    line = ('{"params":{"extra":[true ,null],"arguments":' + arguments + ',"name":"a__mirror","_meta":' + meta +
            '},"id":"i d","method":"tools/call","unknown":{"k":"v"},"jsonrpc":"2.0"}')
    gate.send(line)
    text = gate.reply("i d")["result"]["content"][0]["text"]
    got = base64.b64decode(text).decode()
    token, own_id = got.split('"progressToken":')[1].split(",")[0], got.split('"id":')[1].split(",")[0]
    ctx.check(token.isdigit() and own_id.isdigit(), f"ids of the gate: {token} {own_id}")
    wanted = (line.replace('"a__mirror"', '"mirror"').replace('"i d"', own_id).replace('"tok"', token))
    ctx.equal(got, wanted, "the line that the server received")
    gate.close()
    call = ctx.history()[0]
    ctx.equal(call["args_bytes"], len(arguments.encode()), "bytes of the arguments in the record")
