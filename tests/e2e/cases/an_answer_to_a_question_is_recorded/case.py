"""A client's answer to a server's question is in the record, masked, with its call and in the view of questions."""
import json


def run(ctx):
    secret = "ghp_" + "a1B2c3D4" * 4 + "e5F6"
    ctx.write_config(json.dumps({"mcpServers": {"a": ctx.server("a", "tools=ask", "ask-at-start=elicitation")}}))
    gate = ctx.gate()
    gate.hello(capabilities={"elicitation": {}})

    def answer(result):
        gate.answer(gate.expect({"method": "elicitation/create"})["id"], result)

    answer({"action": "decline"})  # outside of a call
    gate.tools()
    call = gate.start("tools/call", {"name": "a__ask", "arguments": {"ask": ["elicitation"]}})
    answer({"action": "accept", "content": {"key": secret}})
    told = gate.reply(call)["result"]["content"][0]["text"]
    ctx.check(secret in told, "the server got the answer unchanged: " + told)
    gate.close()

    shown = json.loads(ctx.run("history", "show", "--json"))["questions"]
    ctx.equal([(each["method"], each["decision"], each["answer"]) for each in shown],
              [("elicitation/create", "allow", "accept")], "the call's questions")
    ctx.check(shown[0]["response"]["action"] == "accept" and secret not in json.dumps(shown), json.dumps(shown))
    text = ctx.run("history", "show")
    ctx.check("elicitation/create from a: allow" in text and "accept" in text and secret not in text, text)
    rows = json.loads(ctx.run(
        "history", "sql", "select client, server, call, answer, answered, response_digest from questions order by at",
        "--json"))["rows"]
    ctx.equal([(row["server"], row["answer"]) for row in rows], [("a", "decline"), ("a", "accept")], "rows")
    ctx.check(rows[0]["call"] is None and rows[1]["call"] == "1-1", json.dumps(rows))
    ctx.check(all(row["answered"] and row["client"] and len(row["response_digest"]) == 64 for row in rows), json.dumps(rows))
