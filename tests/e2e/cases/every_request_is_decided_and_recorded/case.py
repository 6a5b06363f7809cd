"""Rules also apply to subscriptions, completions and methods that are not MCP's, and each of these requests has a row in the history."""
import json


def run(ctx):
    ctx.write_config(json.dumps({
        "mcpServers": {"a": ctx.server("a", "tools=seen", "resources", "prompts", "completions")},
        "policy": {"deny": [{"resource": "fake://a/two"}, {"method": "acme/bad*"}]}}))
    gate = ctx.gate()
    gate.hello()
    gate.tools()

    def completion(uri):
        return {"ref": {"type": "ref/resource", "uri": uri}, "argument": {"name": "id", "value": "1"}}

    ctx.equal(gate.request("resources/subscribe", {"uri": "fake://a/one"})["result"], {}, "subscribe")
    ctx.equal(gate.request("resources/unsubscribe", {"uri": "fake://a/one"})["result"], {}, "unsubscribe")
    ctx.check("error" in gate.request("resources/subscribe", {"uri": "fake://a/two"}), "a denied subscription")
    ctx.check("completion" in gate.request("completion/complete", completion("fake://a/item/{id}"))["result"], "complete")
    ctx.check("error" in gate.request("completion/complete", completion("fake://a/two")), "a denied completion")
    ctx.equal(gate.request("acme/own", {"k": 1})["error"]["message"], "Method not found: acme/own", "the server's answer")
    ctx.equal(gate.request("acme/bad", {"k": 2})["error"]["code"], -32601, "a denied method")
    seen = gate.text("a__seen")
    gate.close()
    for method, times in (("resources/subscribe", 1), ("completion/complete", 1), ("acme/own", 1)):
        ctx.check(f"{method} {times}\n" in seen, f"{method} reached the server {times} time: {seen}")
    ctx.check("acme/bad" not in seen, seen)

    rows = [(call["method"], call["tool"], call["decision"], call["outcome"])
            for call in ctx.history() if call["method"] != "tools/call"]
    ctx.equal(rows, [
        ("resources/subscribe", "fake://a/one", "allow", "ok"),
        ("resources/unsubscribe", "fake://a/one", "allow", "ok"),
        ("resources/subscribe", "fake://a/two", "deny", "denied"),
        ("completion/complete", "fake://a/item/{id}", "allow", "ok"),
        ("completion/complete", "fake://a/two", "deny", "denied"),
        ("acme/own", "acme/own", "allow", "rpc_error"),
        ("acme/bad", "acme/bad", "deny", "denied")], "rows")
    sql = json.loads(ctx.run("history", "sql", "select distinct method from calls order by 1", "--json"))
    ctx.equal([row[0] if isinstance(row, list) else row["method"] for row in sql["rows"]],
              ["acme/bad", "acme/own", "completion/complete", "resources/subscribe", "resources/unsubscribe",
               "tools/call"], "methods in SQL")

    def explained(*words):
        return ctx.run("policy", "explain", "--method", *words, status=None)

    for words, wanted in ((("acme/bad", '{"k": 2}'), "a__acme/bad: deny, by rule"), (("acme/own",), "a__acme/own: allow"),
                          (("resources/subscribe", "fake://a/two"), "deny, by rule"),
                          (("completion/complete", "fake://a/item/{id}", '{"id": "1"}'), "allow"),
                          (("tools/call", "a__seen"), "allow"), (("tools/list",), "no rule applies to this method"),
                          (("tools/Call",), "refused: MCP defines no such request")):
        ctx.check(wanted in explained(*words), f"{words}: {explained(*words)}")
