"""`callgate clients` pauses or revokes a client: in its running session at once, and in later ones, until a person resumes it."""
import json


def start(ctx, name):
    # A shell starts the gate, so that this process is not the client: commands that widen rights are refused below a client.
    gate = ctx.gate(command=["sh", "-c", f"{ctx.callgate_path}; exit $?"], name=name)
    return gate


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {"a": ctx.server("a", "tools=echo", "journal=@DIR@/journal")}}))
    gate = start(ctx, "one")
    gate.hello()
    ctx.equal(gate.text("a__echo", {"n": 1}), '{"n": 1}', "a call before the pause")
    ctx.wait(lambda: json.loads(ctx.run("clients", "--json"))["clients"][0]["live"], "the client is listed")
    ctx.run("clients", "pause", "e2ee", status=3)
    ctx.run("clients", "pause", "e2e", "--because", "lunch")
    answer = gate.call("a__echo", {"n": 2})
    text = answer["result"]["content"][0]["text"]
    ctx.check(answer["result"]["isError"] is True and "clients: paused" in text and "lunch" in text
              and "callgate clients resume" in text, f"a paused call: {answer}")
    ctx.equal(gate.tools(), ["a__echo"], "lists are unchanged during a pause")
    ctx.equal(json.loads(ctx.run("clients", "--json"))["clients"][0]["state"], "paused", "state")
    ctx.run("clients", "resume", "e2e", status=2)
    ctx.run("clients", "resume", "e2e", "--yes")
    ctx.equal(gate.text("a__echo", {"n": 3}), '{"n": 3}', "a call after it was resumed")
    ctx.run("clients", "revoke", "e2e")
    ctx.equal(gate.process.wait(10), 0, "exit status of the revoked session")
    again = start(ctx, "two")
    refused = again.request("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"}})
    ctx.check("revoked" in refused["error"]["message"], f"initialize of a revoked client: {refused}")
    again.close()
    ctx.equal([call["outcome"] for call in ctx.history()], ["ok", "denied", "ok"], "calls")
    ctx.equal(ctx.lines("journal"), ['a\techo\t{"n": 1}', 'a\techo\t{"n": 3}'], "calls that reached the server")
