"""A change of a server's command waits in every gate until a person reloads it, because an agent may have written it. Rules and
hidden tools take effect at once."""
import json


def run(ctx):
    ctx.gateway["shared"] = "off"  # the case is about gate processes of single clients
    def write(servers, **more):
        ctx.write_config({"mcpServers": servers, **more})

    def processes():
        return json.loads(ctx.run("status", "--json", status=None))["processes"]

    def waiting(*names):
        return lambda: [each["waiting_servers"] for each in processes()] == [list(names)] * 2

    def untouched(what):
        ctx.equal(ctx.lines("evil"), [], f"{what}: the new command did not run")
        ctx.equal(gate.text("a__echo", {"n": 1}), '{"n": 1}', f"{what}: the old process still answers")
        ctx.equal({server["pid"] for each in processes() for server in each["servers"] if server["name"] == "a" and server["pid"]}, pids,
                  f"{what}: the same process")

    a = ctx.server("a", "tools=echo,env,second:echo", env={"WORD": "one"})
    write({"a": a, "off": ctx.server("off", "tools=echo", disabled=True)})
    (ctx.dir / "elsewhere").mkdir()
    gate, other = ctx.gate(apart=True), ctx.gate(apart=True, name="other")
    for each in (gate, other):
        each.allowed.append({"method": "notifications/tools/list_changed"})
        each.hello()
        each.tools()
    ctx.wait(lambda: len(processes()) == 2, "both gates answer")
    pids = {server["pid"] for each in processes() for server in each["servers"] if server["name"] == "a"}
    touch = f"touch {ctx.dir}/ran; echo ran >> {ctx.dir}/evil"

    # Each change that would start something else is held back, although a rule in the same file takes effect.
    changes = [("command", {**a, "command": "/bin/sh", "args": ["-c", touch]}), ("arguments", {**a, "args": [*a["args"], "tools=other:echo"]}),
               ("environment", {**a, "env": {"WORD": "${cmd:" + touch + "}"}}), ("another variable", {**a, "env": {"WORD": "one", "PATH": "/tmp"}}),
               ("variables passed on", {**a, "env_pass": ["HOME_SWEET"]}), ("folder", {**a, "cwd": str(ctx.dir / "elsewhere")})]
    for number, (what, changed) in enumerate(changes):
        write({"a": {**changed, "tools": {"hide": ["second"]}}}, policy={"deny": [{"tool": "a__env", "because": f"rule {number}"}]})
        ctx.wait(waiting("a"), f"the change waits: {what}")
        ctx.wait(lambda: f"rule {number}" in json.dumps(gate.call("a__env")), f"{what}: the rule takes effect by itself")
        ctx.equal(gate.tools(), ["a__echo"], f"{what}: the hidden tool takes effect, too")
        untouched(what)
    gate.told("how these servers are started: a", "callgate reload")
    write({"a": a, "new": {"command": "/bin/sh", "args": ["-c", touch]}, "off": ctx.server("off", "tools=echo")})
    ctx.wait(waiting("new", "off"), "new servers wait, and those that are switched on in the file")
    untouched("a new server")
    ctx.check("off" in ctx.run("status") and "callgate reload" in ctx.run("status"), "status shows the waiting servers")
    ctx.check("doctor.gate_waiting" in ctx.run("doctor", "--json", status=None), "doctor reports the waiting servers")

    # If a person enables one server, only that one takes effect.
    ctx.run("servers", "disable", "off")
    ctx.run("servers", "enable", "off", "--yes")
    ctx.wait(waiting("new"), "the other one still waits")
    ctx.wait(lambda: "off__echo" in gate.tools() and "off__echo" in other.tools(), "both gates serve it")
    write({"a": {**a, "env": {"WORD": "two"}}})
    ctx.wait(waiting("a"), "waits")
    ctx.run("reload", "--yes")
    ctx.equal([each["waiting_servers"] for each in processes()], [[], []], "nothing waits")
    for each in (gate, other):
        ctx.equal(each.text("a__env", {"name": "WORD"}), "two", "a reload reaches every gate")
    write({})
    ctx.wait(lambda: gate.tools() == [], "a removed server goes without a reload")
    gate.close()
    other.close()
    ctx.equal(ctx.lines("evil"), [], "none of the commands ever ran")
