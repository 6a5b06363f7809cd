"""Every malformed request gets its status and ends its connection, and the gate continues."""
import http_client

HOST = b"Host: localhost\r\n"
GET = b"GET /healthz HTTP/1.1\r\n"
POST = b"POST /mcp HTTP/1.1\r\n" + HOST

CORPUS = [
    (400, b"GET /healthz HTTP/1.1\nHost: localhost\n\n"),
    (400, GET + b"Host: localhost\n\r\n"),
    (400, GET + b"\r\n"),
    (400, GET + HOST + HOST + b"\r\n"),
    (400, GET + b"Host : localhost\r\n\r\n"),
    (400, GET + HOST + b" folded\r\n\r\n"),
    (400, GET + HOST + b"X: a\x00b\r\n\r\n"),
    (400, GET + HOST + b"X: a\x1bb\r\n\r\n"),
    (400, GET + HOST + b"no colon\r\n\r\n"),
    (400, b"GET /healthz\r\n\r\n"),
    (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\n"),
    (505, b"GET /healthz HTTP/9.9\r\n" + HOST + b"\r\n"),
    (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    (414, b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    (431, GET + HOST + b"X: " + b"x" * 17000 + b"\r\n\r\n"),
    (431, GET + HOST + b"X: y\r\n" * 100 + b"\r\n"),
    (417, GET + HOST + b"Expect: tea\r\n\r\n"),
    (400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (400, POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    (400, POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    (400, POST + b"Content-Length: 5, 5\r\n\r\nhello"),
    (400, POST + b"Content-Length: -5\r\n\r\nhello"),
    (413, POST + b"Content-Length: 99999999999999999999\r\n\r\n"),
    (413, POST + b"Content-Length: 16777217\r\n\r\n"),
    (501, POST + b"Transfer-Encoding: gzip\r\n\r\n"),
    (401, POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),  # the body of a request without a token is not read
    (401, POST + b"Content-Length: 5\r\n\r\nhello"),
]


def run(ctx):
    ctx.servers(fs=["tools=echo"])
    serve = http_client.Serve(ctx)
    auth = f"Authorization: Bearer {serve.token}\r\nAccept: {http_client.ACCEPT}\r\nContent-Type: application/json\r\n"
    chunked = POST + auth.encode() + b"Transfer-Encoding: chunked\r\n\r\n"
    for status, data in CORPUS + [
            (400, chunked + b"zz\r\n"), (400, chunked + b"5\r\nhello!\r\n"), (400, chunked + b"5\nhello\r\n"),
            (413, chunked + b"ffffffffffffffff\r\n"), (400, chunked + b"0\r\nbad trailer\r\n\r\n")]:
        connection = serve.connect()
        connection.send(data)
        response = connection.response()
        ctx.equal(response.status, status, f"status of {data[:120]!r}")
        ctx.equal(response.fields.get("connection"), "close", f"connection of {data[:120]!r}")
        ctx.check(response.json["error"]["message"] and b"\n" not in response.body, f"the reason is one line: {response.body!r}")
        ctx.check(connection.closed(), f"the connection ends after {data[:120]!r}")
        connection.close()
        ctx.equal(serve.request("GET", "/healthz", token=False).body, b'{"status":"ok"}', f"after {data[:120]!r}")
    # Unusual but valid requests are accepted.
    connection = serve.connect()
    connection.send(b"HEAD /healthz HTTP/1.0\r\n\r\n")
    response = connection.head()
    ctx.equal((response.status, response.fields["content-length"]), (200, "15"), "HTTP/1.0")
    ctx.check(connection.closed(), "HTTP/1.0 ends with its answer")
    connection = serve.connect()
    connection.send((GET + HOST + b"\r\n") * 20 + b"\r\n" + GET + HOST + b"Connection: close\r\n\r\n")
    for _ in range(21):
        ctx.equal(connection.response().body, b'{"status":"ok"}', "several requests on one connection")
    ctx.check(connection.closed(), "the last request asked to close the connection")
    # The gate asks for a body with Expect, and an incomplete body does no harm.
    body = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    connection = serve.connect()
    connection.send(POST + auth.encode() + f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode())
    ctx.equal(connection.head().status, 100, "the gate asks for the body")
    connection.send(body)
    ctx.equal(connection.response().status, 400, "a ping without a session")
    connection.send(POST + auth.encode() + b"Content-Length: 100\r\n\r\n{")
    connection.close()
    session = serve.hello()
    pretty = '{\n  "jsonrpc": "2.0",\r\n  "id": 7, "method": "tools/call",\n "params": {"name": "fs__echo",\n "arguments": {"a":\n1}}}'
    answer = serve.request("POST", "/mcp", pretty, Mcp_Session_Id=session).answer
    ctx.equal(answer["result"]["content"][0]["text"], '{"a": 1}', "the server gets a message over several lines as one line")
    serve.end()
