"""A token that has most of the connections, or of the bytes of incomplete requests, loses some of them when other tokens need room."""
import json
import select

import http_client

MIB = 1 << 20


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {"fs": ctx.server("fs", "tools=echo")},
                                 "limits": {"connections": 24, "line": "1MiB", "queue": "2MiB"},
                                 "profiles": {"all": {"policy": {"default": "allow"}}}}))
    serve = http_client.Serve(ctx)
    token = serve.new_token("ci", "all")
    session = serve.hello()
    head = (f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{serve.port}\r\nAuthorization: Bearer {token}\r\nAccept: {http_client.ACCEPT}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {MIB}\r\n\r\n").encode()

    # Requests that are never completed do not fill the memory: the longest one of that token is refused.
    halves = [serve.connect() for _ in range(12)]
    for connection in halves:
        connection.send(head + b'"' + b"x" * (MIB - 100))
    refused = first_answer(ctx, halves)
    ctx.equal(refused.status, 503, "one request too many")
    ctx.equal(refused.json["error"]["data"]["code"], "http.flooded", "the code of the refusal")
    ctx.equal(serve.call(session, "fs__echo").status, 200, "a call with another token")
    for connection in halves:
        connection.close()

    # Neither incomplete requests nor streams keep other tokens out.
    halves = [serve.connect() for _ in range(24)]
    for connection in halves:
        connection.send(head + b'"')
    for _ in range(3):
        ctx.equal(serve.call(session, "fs__echo").status, 200, "a call with another token among incomplete requests")
    for connection in halves:
        connection.close()
    streams = []
    for _ in range(24):
        opened = serve.request("GET", "/sse", token=token)
        ctx.equal(opened.status, 200, "a stream")
        streams.append(opened.connection)
    ctx.equal(serve.call(session, "fs__echo").status, 200, "a call with another token among streams")
    for connection in streams:
        connection.close()
    serve.end()


def first_answer(ctx, connections):
    """Returns the first answer on any of the connections."""
    readable = []

    def any_answer():
        readable[:] = select.select([connection.socket for connection in connections], [], [], 0.05)[0]
        return bool(readable)

    ctx.wait(any_answer, "one of them is answered")
    [first] = [connection for connection in connections if connection.socket is readable[0]]
    return first.response()
