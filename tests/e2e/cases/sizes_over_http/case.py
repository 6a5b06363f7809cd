"""Messages of sizes at which other gates fail pass in both directions, over Streamable HTTP and over HTTP+SSE."""
import json

import http_client

KIB, MIB = 1 << 10, 1 << 20
SIZES = (64 * KIB, 96 * KIB - 1, 96 * KIB, 100 * KIB, 112 * KIB, 128 * KIB, 128 * KIB + 1, MIB, 8 * MIB, 12 * MIB)


def run(ctx):
    ctx.servers(a=["tools=huge,echo"])
    serve = http_client.Serve(ctx)
    session = serve.hello()
    for size in SIZES:
        text = serve.call(session, "a__huge", {"bytes": size}).answer["result"]["content"][0]["text"]
        ctx.equal(len(text), size, "bytes of the answer")
        text = serve.call(session, "a__echo", {"s": "y" * size}).answer["result"]["content"][0]["text"]
        ctx.equal(len(json.loads(text)["s"]), size, "bytes of the echoed argument")
    # One connection for all messages: the rest of one message must not become the beginning of the next.
    connection = serve.connect()
    for size in SIZES:
        response = serve.call(session, "a__echo", {"s": "z" * size}, connection=connection)
        ctx.equal(len(json.loads(response.answer["result"]["content"][0]["text"])["s"]), size, "bytes over a reused connection")
    stream = serve.request("GET", "/sse", accept="text/event-stream").connection
    place = stream.event()["data"]

    def post(message):
        ctx.equal(serve.request("POST", place, {"jsonrpc": "2.0", **message}).status, 202, "accepted")

    post({"id": 0, "method": "initialize", "params": {"protocolVersion": "2024-11-05", "capabilities": {},
                                                    "clientInfo": {"name": "s", "version": "1"}}})
    ctx.equal(stream.message()["id"], 0, "initialize")
    post({"method": "notifications/initialized"})
    for number, size in enumerate(SIZES, 1):
        post({"id": number, "method": "tools/call", "params": {"name": "a__echo", "arguments": {"s": "w" * size}}})
        answer = stream.message()
        ctx.equal(answer["id"], number, "the id of the answer")
        ctx.equal(len(json.loads(answer["result"]["content"][0]["text"])["s"]), size, "bytes over the stream")
    serve.end()
