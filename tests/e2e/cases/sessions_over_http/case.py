"""Several clients use each transport at the same time. Requests for unknown sessions and second streams get their status."""
import http_client


def run(ctx):
    ctx.servers(fs=["tools=echo,slow"])
    serve = http_client.Serve(ctx)
    sessions = [serve.hello() for _ in range(3)]
    ctx.equal(len(set(sessions)), 3, "ids of sessions")
    for number, session in enumerate(sessions):
        answers = []

        def is_plain(session=session, number=number, answers=answers):  # a late answer comes as a stream
            answers.append(serve.call(session, "fs__echo", {"n": number}, id=0))
            return (answers[-1].status, answers[-1].fields["content-type"]) == (200, "application/json")

        ctx.wait(is_plain, "a plain answer")
        answer = answers[-1]
        ctx.equal(answer.json, {"jsonrpc": "2.0", "id": 0, "result": {"content": [{"type": "text", "text": '{"n": %d}' % number}]}},
                  "the answer to its own call")
    for session, method, status, code in [
            (None, "POST", 400, -32000), ("unknown", "POST", 404, -32001), ("unknown", "GET", 404, -32001),
            ("unknown", "DELETE", 404, -32001), (None, "GET", 400, -32000), (None, "DELETE", 400, -32000)]:
        fields = {"Mcp_Session_Id": session} if session else {}
        body = {"jsonrpc": "2.0", "id": 1, "method": "ping"} if method == "POST" else None
        response = serve.request(method, "/mcp", body, **fields)
        ctx.equal((response.status, response.json["error"]["code"]), (status, code), f"{method} in session {session}")
    session = sessions[0]
    ctx.equal(serve.rpc(session, "initialize", {"protocolVersion": "2025-11-25"}).status, 400, "a second initialize")
    ctx.equal(serve.rpc(session, "ping", MCP_Protocol_Version="1999-01-01").status, 400, "an unknown revision")
    ctx.equal(serve.rpc(session, "ping", MCP_Protocol_Version="2024-11-05").status, 200, "another known revision")
    ctx.equal(serve.request("POST", "/mcp", "{", Mcp_Session_Id=session).json["error"]["code"], -32700, "no JSON")
    ctx.equal(serve.request("POST", "/mcp", '{"id":5,}', Mcp_Session_Id=session).status, 400, "a trailing comma")
    ctx.equal(serve.request("POST", "/mcp", '{"jsonrpc":"2.0","id":5,"id":6,"method":"ping"}', Mcp_Session_Id=session).status,
              400, "the same key twice")
    ctx.equal(serve.request("POST", "/mcp", [], Mcp_Session_Id=session).status, 400, "an empty batch")
    ctx.equal(serve.request("POST", "/mcp", '{"jsonrpc":"2.0","id":9,"result":{}}', Mcp_Session_Id=session).status, 202,
              "an answer without a request")
    first = serve.request("GET", "/mcp", Mcp_Session_Id=session)
    ctx.equal(first.status, 200, "the session's stream")
    ctx.equal(serve.request("GET", "/mcp", Mcp_Session_Id=session).status, 409, "a second stream of the session")
    ctx.equal(serve.request("GET", "/mcp", Mcp_Session_Id=sessions[1]).status, 200, "the stream of another session")
    # Batches in the revision 2025-03-26.
    old = serve.hello("2025-03-26")
    batch = [{"jsonrpc": "2.0", "id": n, "method": "ping"} for n in range(3)] + [{"jsonrpc": "2.0", "method": "x"}]
    stream = serve.request("POST", "/mcp", batch, Mcp_Session_Id=old).connection
    ctx.equal(sorted(stream.message()["id"] for _ in range(3)), [0, 1, 2], "a batch's answers")
    ctx.equal(stream.event(), None, "the stream ends after the answers")
    # The transport HTTP+SSE.
    streams = [serve.request("GET", "/sse", accept="text/event-stream").connection for _ in range(2)]
    places = []
    for stream in streams:
        event = stream.event()
        ctx.equal(event["event"], "endpoint", "the first event")
        ctx.check(event["data"].startswith("/messages?sessionId="), event["data"])
        places.append(event["data"])
    for number, (stream, place) in enumerate(zip(streams, places)):
        for message in ({"id": 1, "method": "initialize", "params": {"protocolVersion": "2024-11-05", "capabilities": {},
                                                                   "clientInfo": {"name": "s", "version": "1"}}},
                        {"method": "notifications/initialized"},
                        {"id": 2, "method": "tools/call", "params": {"name": "fs__echo", "arguments": {"n": number}}}):
            response = serve.request("POST", place, {"jsonrpc": "2.0", **message})
            ctx.equal((response.status, response.body), (202, b"Accepted"), "a message is accepted")
    for number, stream in enumerate(streams):
        ctx.equal(stream.message()["result"]["protocolVersion"], "2024-11-05", "initialize")
        ctx.equal(stream.message()["result"]["content"][0]["text"], '{"n": %d}' % number, "the call")
    ctx.equal(serve.request("POST", places[0], "{").status, 400, "no JSON")
    streams[0].close()
    ctx.wait(lambda: serve.request("POST", places[0], {"jsonrpc": "2.0", "id": 3, "method": "ping"}).status == 404,
             "a session ends with its stream")
    ctx.equal(serve.request("POST", places[1], {"jsonrpc": "2.0", "id": 3, "method": "ping"}).status, 202, "the other session does not end")
    ctx.equal(streams[1].message()["id"], 3, "the other session's request is answered")
    serve.end()
