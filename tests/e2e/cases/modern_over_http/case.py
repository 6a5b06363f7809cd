"""2026-07-28 over HTTP: no sessions, headers that agree with the body, HTTP statuses, and a closed stream that cancels its call."""
import http_client

VERSION = "2026-07-28"


def meta(**more):
    return {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "modern", "version": "1"}, **more}


def run(ctx):
    ctx.servers(fs=["tools=echo,slow,hold"])
    serve = http_client.Serve(ctx)

    def modern(method, params=None, id=1, name=None, meta_of=None, **fields):
        fields.setdefault("MCP_Protocol_Version", VERSION)
        fields.setdefault("Mcp_Method", method)
        if name:
            fields.setdefault("Mcp_Name", name)
        params = {**(params or {}), "_meta": meta() if meta_of is None else meta_of}
        return serve.rpc(None, method, params, id=id, **fields)

    found = modern("server/discover")
    ctx.equal(found.status, 200, "discover")
    ctx.check(VERSION in found.json["result"]["supportedVersions"], str(found.json))
    ctx.check("mcp-session-id" not in found.fields, "the answer has no session id")
    echo = {"name": "fs__echo", "arguments": {"a": 1}}
    answer = modern("tools/call", echo, id="x", name="fs__echo")
    ctx.equal((answer.status, answer.json["id"]), (200, "x"), "a call")
    for status, code, options in [
            (400, -32020, {"Mcp_Name": "fs__other"}), (400, -32020, {"Mcp_Name": None}), (400, -32020, {"Mcp_Method": "tools/list"}),
            (400, -32020, {"Mcp_Method": None}), (400, -32020, {"Mcp_Method": "Tools/Call"}),
            (400, -32020, {"MCP_Protocol_Version": "2025-11-25"}), (400, -32020, {"MCP_Protocol_Version": None}),
            (400, -32020, {"Mcp_Name": "=?base64?x?="}), (200, None, {"Mcp_Name": "=?base64?ZnNfX2VjaG8=?="}),
            (200, None, {"Mcp_Session_Id": "any"})]:
        options.setdefault("Mcp_Name", "fs__echo")
        response = modern("tools/call", echo, **options)
        ctx.equal((response.status, response.json.get("error", {}).get("code")), (status, code), str(options))
        ctx.equal(response.json["id"], 1, "the error has the request's id")
    broken = meta()
    del broken["io.modelcontextprotocol/clientCapabilities"]
    response = modern("tools/list", meta_of=broken)
    ctx.equal((response.status, response.json["error"]["code"]), (400, -32602), "a required member is missing")
    response = modern("tools/list", meta_of={})
    ctx.equal((response.status, response.json["error"]["code"]), (400, -32602), "all required members are missing")
    other = meta(**{"io.modelcontextprotocol/protocolVersion": "2099-01-01"})
    response = modern("tools/list", meta_of=other, MCP_Protocol_Version="2099-01-01")
    ctx.equal((response.status, response.json["error"]["code"]), (400, -32022), "another revision")
    for method in ("initialize", "ping", "logging/setLevel", "unknown/method"):
        response = modern(method, {"level": "debug"})
        ctx.equal((response.status, response.json["error"]["code"]), (404, -32601), method)
    unknown = modern("tools/call", {"name": "nothing"}, name="nothing")
    ctx.equal((unknown.status, unknown.json["error"]["code"]), (200, -32602), "an unknown tool is an error with status 200")
    note = modern("notifications/cancelled", {"requestId": 77}, id=None)
    ctx.equal((note.status, note.body), (202, b""), "a notification")
    # Progress is sent on a stream whose events have no ids, and closing the stream cancels the call.
    slow = {"name": "fs__slow", "arguments": {"steps": 3, "ms": 20}}
    stream = modern("tools/call", slow, name="fs__slow", meta_of=meta(progressToken="t"))
    ctx.equal(stream.fields["content-type"], "text/event-stream", "a stream")
    events = []
    while (event := stream.connection.event()) is not None:
        events.append(event)
    ctx.equal(len(events), 4, f"three steps and an answer: {events}")
    ctx.check(not any("id" in event for event in events), "the events have no ids")
    slow["arguments"] = {"steps": 10000, "ms": 20}
    stream = modern("tools/call", slow, name="fs__slow", meta_of=meta(progressToken="t"))
    stream.connection.event()
    stream.connection.close()
    ctx.wait(lambda: ctx.history()[-1]["outcome"] == "cancelled", "a closed stream cancels its call")
    serve.end()
