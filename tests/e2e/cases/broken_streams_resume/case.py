"""A broken stream resumes after the last event that the client got, without a gap or a repetition. Losing a stream cancels no call."""
import http_client


def run(ctx):
    ctx.servers(fs=["tools=echo,slow,hold,release,log", "logging"])
    serve = http_client.Serve(ctx)
    session = serve.hello()
    stream = serve.call(session, "fs__slow", {"steps": 12, "ms": 100}, id=7, meta={"progressToken": "p"})
    ctx.equal(stream.fields["content-type"], "text/event-stream", "progress comes on a stream")
    first = stream.connection.event()
    ctx.check(first["data"] == "" and first["id"] and int(first["retry"]) > 0, f"the first event has an id to resume from: {first}")
    seen, last = [], first["id"]
    for _ in range(3):
        event = stream.connection.event()
        ctx.equal(event["event"], "message", "the event's name")
        seen.append(event["data"])
        last = event["id"]
    stream.connection.close()
    broken = serve.request("GET", "/mcp", Mcp_Session_Id=session, Last_Event_ID=last)
    ctx.equal(broken.status, 200, "the stream resumes")
    again = None
    while (event := broken.connection.event()) is not None:
        seen.append(event["data"])
        again = again or event["id"]
    ctx.equal(len(seen), 13, f"12 steps and an answer: {seen}")
    ctx.equal(len(set(seen)), 13, "no event is sent twice")
    ctx.check('"id":7' in seen[-1].replace(" ", ""), f"the answer is last: {seen[-1]}")
    # An ended stream is sent again from the requested event on.
    late = serve.request("GET", "/mcp", Mcp_Session_Id=session, Last_Event_ID=again).connection
    rest = []
    while (event := late.event()) is not None:
        rest.append(event["data"])
    ctx.equal(rest, seen[4:], "the rest of an ended stream")
    for bad in ("x", "1", "999999-1", ""):
        ctx.equal(serve.request("GET", "/mcp", Mcp_Session_Id=session, Last_Event_ID=bad).status, 400, f"event id {bad!r}")
    # A slow call gets a stream, so that it can be resumed.
    held = serve.rpc(session, "tools/call", {"name": "fs__hold", "arguments": {}}, id=8)
    ctx.equal(held.fields["content-type"], "text/event-stream", "a slow call is answered by a stream")
    place = held.connection.event()["id"]
    held.connection.close()
    ctx.equal(serve.call(session, "fs__release", id=9).status, 200, "release")
    ctx.equal(serve.request("GET", "/mcp", Mcp_Session_Id=session, Last_Event_ID=place).connection.message()["id"], 8,
              "its answer was kept")
    ctx.equal([call["outcome"] for call in ctx.wait_history(3)], ["ok", "ok", "ok"], "losing a stream cancels nothing")
    serve.end()
