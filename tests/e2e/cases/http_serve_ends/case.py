"""After SIGTERM, open calls are answered, streams end, children are gone, and the record is closed."""
import http_client


def run(ctx):
    ctx.servers(fs=["tools=echo,hold"])
    serve = http_client.Serve(ctx)
    session = serve.hello()
    stream = serve.request("GET", "/mcp", Mcp_Session_Id=session).connection
    sse = serve.request("GET", "/sse").connection
    held = serve.rpc(session, "tools/call", {"name": "fs__hold", "arguments": {}}, id=3)
    serve.end()
    answer = held.connection.message()
    ctx.equal(answer["id"], 3, "the open call is answered")
    ctx.check("error" in answer or answer["result"].get("isError"), f"the answer is an error: {answer}")
    ctx.equal(held.connection.event(), None, "the stream of the call ends")
    for connection in (stream, sse):
        while connection.event() is not None:
            pass
        ctx.check(connection.closed(), "every other stream ends")
    calls = ctx.history()
    ctx.check(len(calls) == 1 and calls[0]["outcome"] in ("cancelled", "rpc_error", "lost"), str(calls))
