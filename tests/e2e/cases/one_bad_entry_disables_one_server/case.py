"""An entry with an error disables only its own server. The others work, and the reason is reported. If a reload finds an error in an
entry, the running server keeps its previous entry."""
import json


def run(ctx):
    good = ctx.server("a", "tools=echo")
    config = {"mcpServers": {"bad": {**good, "argz": []}, "worse": {"command": []}, "a": {**good, "autoApprove": ["echo"], "timeout": 60}}}
    ctx.write_config(json.dumps(config))
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.tools(), ["a__echo"], "tools")
    gate.told("server 'bad' does not start", "mcpServers.bad.argz", "server 'worse' does not start")

    def known():
        return {each["name"]: each for each in json.loads(ctx.run("servers", "--json", status=None))["servers"]}

    ctx.wait(lambda: len(known()) == 3 and known()["a"]["state"] == "ready", "the gate answers")
    servers = known()
    ctx.equal([servers[name]["state"] for name in ("bad", "worse", "a")], ["suspended", "suspended", "ready"], "states")
    ctx.check("mcpServers.bad.argz" in servers["bad"]["why"], f"why: {servers['bad']}")
    checked = json.loads(ctx.run("config", "check", "--json", status=1))
    ctx.equal([each["key"] for each in checked["errors"]], ["mcpServers.bad.argz", "mcpServers.worse.command"], "errors")
    ctx.equal([each["key"] for each in checked["notes"]], ["mcpServers.a.autoApprove", "mcpServers.a.timeout"], "notes")
    found = json.loads(ctx.run("doctor", "--json", status=1))["findings"]
    ctx.equal(sum(each["code"] == "doctor.server_entry" for each in found), 2, "doctor's errors")
    ctx.equal(sum(each["code"] == "doctor.config_ignored" for each in found), 2, "doctor's notes")
    ctx.check(not any(each["code"] == "doctor.server_failed" for each in found), "an entry's error is reported twice")

    config["mcpServers"]["a"]["argz"] = []
    ctx.write_config(json.dumps(config))
    gate.told("server 'a' goes on with its earlier entry")
    ctx.equal(gate.text("a__echo", {"n": 1}), '{"n": 1}', "a call after the reload")
    gate.close()
