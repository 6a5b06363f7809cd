"""A changed configuration is reloaded: only changed servers restart, and running calls finish. A bad file changes nothing, and our own
copies next to the file are ignored."""
import json
import os


def run(ctx):
    ctx.gateway["shared"] = "off"  # the case is about gate processes of single clients
    def write(servers, **more):
        ctx.write_config({"mcpServers": servers, **more})

    def processes():
        return json.loads(ctx.run("status", "--json", status=None))["processes"]

    def pids(name):
        return {server["pid"] for each in processes() for server in each["servers"] if server["name"] == name}

    changed = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}
    first = {"a": ctx.server("a", "tools=echo,slow"), "b": ctx.server("b", "tools=echo")}
    write(first)
    gate = ctx.gate(apart=True)
    gate.allowed.append(changed)
    gate.hello()
    gate.tools()
    ctx.wait(lambda: processes() and all(pids("a") | pids("b")), "both run")
    a, b = pids("a"), pids("b")

    # One server changes while it has a call, one is removed, one is added, and a rule changes.
    slow = gate.start("tools/call", {"name": "a__slow", "arguments": {"steps": 3, "ms": 400}})
    gate.request("ping")
    write({"a": ctx.server("a", "tools=echo,slow,other:echo"), "c": ctx.server("c", "tools=echo")},
          policy={"deny": ["c__echo"]})
    ctx.wait(lambda: pids("b") == set(), "the removed server ends without a reload")
    ctx.run("reload")
    gate.expect(changed)
    ctx.wait(lambda: gate.tools() == ["a__echo", "a__slow", "a__other"], "the lists have the tools of the new configuration")
    ctx.equal(gate.reply(slow)["result"]["content"][0]["text"], "slow but done", "the running call")
    ctx.equal(gate.text("a__other", {"n": 1}), '{"n": 1}', "a call of the changed server")
    ctx.wait(lambda: len(pids("a")) == 1 and not pids("a") & a, "server a has restarted once")
    ctx.wait(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in a | b), "the old processes have ended")
    ctx.equal(gate.call("c__echo")["result"]["isError"], True, "the new rule")

    # A bad file is reported and changes nothing. The next good one takes effect.
    a = pids("a")
    ctx.config_file.write_text('{"mcpServers": {"a": ')
    ctx.wait(lambda: processes()[0]["config_error"], "status has the error")
    ctx.wait(lambda: "config.json" in gate.stderr and "stays in effect" in gate.stderr, "the log has the error")
    ctx.equal(gate.text("a__other", {"n": 2}), '{"n": 2}', "the previous configuration stays in effect")
    ctx.fails("reload", code="config.not_json", says=["config.json"])
    write({"a": ctx.server("a", "tools=echo,slow,other:echo", disabled=False)})
    ctx.wait(lambda: not processes()[0]["config_error"], "the error is gone after a good file")
    ctx.equal(pids("a"), a, "an unchanged server")

    # Copies next to the file, and a file that replaces it.
    before = gate.stderr
    (ctx.dir / "config.json.bak").write_text("{")
    fresh = ctx.dir / "config.json.new"
    fresh.write_text(ctx.fill(json.dumps({"mcpServers": {"a": ctx.server("a", "tools=echo"), "d": ctx.server("d", "tools=echo")}})))
    os.replace(fresh, ctx.config_file)
    ctx.wait(lambda: processes()[0]["waiting_servers"] == ["a", "d"], "the file that replaced it waits")
    before = gate.stderr
    ctx.run("reload", "--yes")
    ctx.equal(gate.tools(), ["a__echo", "d__echo"], "tools of the file that replaced it")
    # For a false alarm of tests/tsan.supp, the sanitizer starts a program that finds the names of functions. The gate takes it for a
    # process of a server.
    warnings = [line for line in gate.stderr[len(before):].splitlines() if " warning " in line and "outlived its warden" not in line]
    ctx.equal(warnings, [], "the warnings of a good reload")
    ctx.run("servers", "disable", "d")
    ctx.equal(gate.tools(), ["a__echo"], "tools after a server was disabled")
    ctx.run("servers", "disable", "d")
    told = json.loads(ctx.run("reload", "--json"))["reloaded"]
    ctx.equal([(each["added"], each["restarted"], each["removed"]) for each in told], [([], [], [])], "a reload without a change")
    write({"a": ctx.server("a", "tools=echo"), "d": ctx.server("d", "tools=echo")}, record={"durability": "fsync"})
    ctx.equal(json.loads(ctx.run("reload", "--json"))["reloaded"][0]["after_restart"], ["record.durability"], "keys that wait for a restart")
    gate.close()
    ctx.run("reload", status=3)
