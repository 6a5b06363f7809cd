"""What a server is started with may be an agent's own writing: it waits for a person's reload, in every gate; rules and hidden tools do not."""
import json


def run(ctx):
    def write(servers, **more):
        ctx.write_config({"mcpServers": servers, **more})

    def processes():
        return json.loads(ctx.run("status", "--json", status=None))["processes"]

    def waiting(*names):
        return lambda: [each["waiting_servers"] for each in processes()] == [list(names)] * 2

    def untouched(what):
        ctx.equal(ctx.lines("evil"), [], f"{what}: nothing of it ran")
        ctx.equal(gate.text("a__echo", {"n": 1}), '{"n": 1}', f"{what}: the server goes on as it was")
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
    ctx.wait(lambda: len(processes()) == 2, "both can be asked")
    pids = {server["pid"] for each in processes() for server in each["servers"] if server["name"] == "a"}
    touch = f"touch {ctx.dir}/ran; echo ran >> {ctx.dir}/evil"

    # Each way to start something else: held back, though a rule of the same file takes effect.
    changes = [("command", {**a, "command": "/bin/sh", "args": ["-c", touch]}), ("arguments", {**a, "args": [*a["args"], "tools=other:echo"]}),
               ("environment", {**a, "env": {"WORD": "${cmd:" + touch + "}"}}), ("another variable", {**a, "env": {"WORD": "one", "PATH": "/tmp"}}),
               ("variables passed on", {**a, "env_pass": ["HOME_SWEET"]}), ("folder", {**a, "cwd": str(ctx.dir / "elsewhere")})]
    for number, (what, changed) in enumerate(changes):
        write({"a": {**changed, "tools": {"hide": ["second"]}}}, policy={"deny": [{"tool": "a__env", "because": f"rule {number}"}]})
        ctx.wait(waiting("a"), f"{what} waits")
        ctx.wait(lambda: f"rule {number}" in json.dumps(gate.call("a__env")), f"{what}: the rule takes effect by itself")
        ctx.equal(gate.tools(), ["a__echo"], f"{what}: so did the hidden tool")
        untouched(what)
    gate.told("how these servers are started: a", "callgate reload")
    write({"a": a, "new": {"command": "/bin/sh", "args": ["-c", touch]}, "off": ctx.server("off", "tools=echo")})
    ctx.wait(waiting("new", "off"), "new servers wait, and those that are switched on in the file")
    untouched("a new server")
    ctx.check("off" in ctx.run("status") and "callgate reload" in ctx.run("status"), "status says it")
    ctx.check("doctor.gate_waiting" in ctx.run("doctor", "--json", status=None), "doctor says it")

    # A person's word about one server is about that one only.
    ctx.run("servers", "disable", "off")
    ctx.run("servers", "enable", "off", "--yes")
    ctx.wait(waiting("new"), "the other one still waits")
    ctx.wait(lambda: "off__echo" in gate.tools() and "off__echo" in other.tools(), "it is served in both")
    write({"a": {**a, "env": {"WORD": "two"}}})
    ctx.wait(waiting("a"), "waits")
    ctx.run("reload", "--yes")
    ctx.equal([each["waiting_servers"] for each in processes()], [[], []], "nothing waits")
    for each in (gate, other):
        ctx.equal(each.text("a__env", {"name": "WORD"}), "two", "a reload reaches every gate")
    write({})
    ctx.wait(lambda: gate.tools() == [], "a server that is taken out goes by itself")
    gate.close()
    other.close()
    ctx.equal(ctx.lines("evil"), [], "nothing of it ever ran")
