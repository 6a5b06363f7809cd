"""A call that is refused before it reaches a session is in the history with the reason. Messages that cannot be read are counted."""
import json

import http_client

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "fs__echo", "arguments": {"text": "x"}}}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
MODERN = {**CALL, "params": {**CALL["params"], "_meta": {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "e", "version": "1"}}}}


def over_http(ctx):
    serve = http_client.Serve(ctx)
    for path, body, fields, status in [
            ("/mcp", CALL, {"token": False}, 401), ("/mcp", CALL, {"token": "wrong"}, 401),
            ("/mcp", CALL, {"Origin": "http://evil.example"}, 403), ("/mcp", CALL, {"Host": "evil.example"}, 403),
            ("/mcp", CALL, {}, 400), ("/mcp", [CALL, LIST], {}, 400), ("/mcp", CALL, {"Mcp_Session_Id": "gone"}, 404),
            ("/mcp", MODERN, {"Mcp_Method": "tools/call", "Mcp_Name": "other"}, 400),
            ("/messages?sessionId=gone", CALL, {}, 404),
            # None of these is a call, so none is recorded.
            ("/mcp", LIST, {}, 400), ("/mcp", {"jsonrpc": "2.0", "method": "notifications/initialized"}, {}, 400),
            ("/nothing", CALL, {}, 404), ("/mcp", "no JSON", {}, 400), ("/mcp", '{"jsonrpc":', {}, 400)]:
        response = serve.request("POST", path, body, **fields)
        ctx.equal(response.status, status, f"{path} {body} {fields}")
    session = serve.hello()
    answer = serve.call(session, "fs__echo", {"text": "x"}).answer
    ctx.check("result" in answer, f"a valid call is answered: {answer}")

    rows = ctx.wait_history(10)
    why = json.loads(ctx.run("history", "sql", "select because from calls order by at, length(id), id", "--json"))["rows"]
    told = [(row["tool"], row["decision"], reason["because"] or "") for row, reason in zip(rows, why)][:9]
    refused = [("POST /mcp", "401", "bearer token is needed"), ("POST /mcp", "401", "not valid"), ("POST /mcp", "403", "evil.example"),
               ("POST /mcp", "403", "host: evil.example"), ("fs__echo", "400", "Mcp-Session-Id is missing"),
               ("fs__echo", "400", "Mcp-Session-Id is missing"), ("fs__echo", "404", "session not found"),
               ("fs__echo", "400", ""), ("fs__echo", "404", "session not found")]
    ctx.equal(len(rows), 10, f"rows: {rows}")
    for (tool, decision, because), (name, status, word) in zip(told, refused):
        ctx.check((tool, decision) == (name, "deny") and f"HTTP status {status}" in because and word in because
                  and because.endswith("came from 127.0.0.1"), f"{tool} {decision} {because} is not {name} {status} {word}")
    ctx.equal(rows[9]["outcome"], "ok", "the valid call")
    sessions = json.loads(ctx.run("history", "sql", "select token, client from sessions order by id", "--json"))["rows"]
    ctx.equal(sorted((row["token"] or "", row["client"] or "") for row in sessions),
              [("", ""), ("default", ""), ("default", "e2e")], "a session for each token")
    status = json.loads(ctx.run("status", "--json"))["processes"][0]
    ctx.equal(status["unreadable"], 2, "unreadable messages")
    ctx.check("2 messages of clients could not be read" in ctx.run("status"), "status shows the number of unreadable messages")
    clients = ctx.run("clients", "list", "--json")
    ctx.equal([client for client in json.loads(clients)["clients"] if not client["client"]], [], "clients without a name")
    serve.end()


def on_stdio(ctx):
    gate = ctx.gate(name="early")
    gate.send(CALL)
    ctx.equal(gate.reply(1)["error"]["code"], -32600, "a call before initialize")
    gate.hello()
    gate.close()
    row = ctx.history()[-1]
    ctx.equal((row["tool"], row["decision"], row["outcome"]), ("fs__echo", "deny", "denied"), "the row of the early call")
    shown = ctx.run("history", "show", row["id"])
    ctx.check("send initialize first" in shown and "e2e" in shown, f"the reason, and the client's name, which is known afterwards: {shown}")


def run(ctx):
    ctx.servers(fs=["tools=echo"])
    over_http(ctx)
    on_stdio(ctx)
