"""Commands that only show something start no second process of a running server, and no server that they were not asked about."""
import json


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {
        name: ctx.server(name, "tools=echo,who", f"starts=@DIR@/{name}") for name in ("one", "two")}}))

    def starts(name):
        return len(ctx.lines(name))

    shown = json.loads(ctx.run("tools", "show", "one__echo", "--json"))
    ctx.equal((shown["exposed"], starts("one"), starts("two")), ("one__echo", 1, 0), "only the server that was asked about")
    ctx.run("tools", "show", "three__echo", status=3)
    ctx.equal((starts("one"), starts("two")), (1, 0), "a name that no server can have starts nothing")
    gate = ctx.gate(apart=True)
    gate.hello()
    gate.tools()  # may be answered before server one has started, because the command above has saved its tools

    def up():
        processes = json.loads(ctx.run("status", "--json", status=None))["processes"]
        return [server["state"] for each in processes for server in each["servers"]] == ["ready", "ready"]

    ctx.wait(up, "both servers are shown as ready")
    ctx.equal((starts("one"), starts("two")), (2, 1), "each starts once in the gate")
    listed = json.loads(ctx.run("tools", "--json"))
    ctx.equal(sorted(tool["exposed"] for tool in listed["tools"]), ["one__echo", "one__who", "two__echo", "two__who"], "tools")
    ctx.equal([(server["name"], server["state"], server["why"]) for server in listed["servers"]],
              [("one", "ready", None), ("two", "ready", None)], "servers")
    ctx.equal(json.loads(ctx.run("tools", "show", "two__who", "--json"))["tool"], "who", "a tool of a server that runs")
    doctor = json.loads(ctx.run("doctor", "--json", status=None))
    told = [each["message"] for each in doctor["findings"] if each["code"] == "doctor.server"]
    ctx.check(len(told) == 2 and all("in the gate process" in each and "2 tools" in each for each in told), f"doctor: {told}")
    ctx.equal([server["tools"] for server in doctor["facts"]["servers"]], [2, 2], "the number of tools of running servers")
    ctx.equal(len(doctor["facts"]["tools"]), 4, "the tools of running servers")
    ctx.equal((starts("one"), starts("two")), (2, 1), "no server was started again")
    ctx.equal(gate.text("one__who"), "one who", "the gate's own server still answers")
    gate.close()
    ctx.run("doctor", status=None)
    ctx.equal((starts("one"), starts("two")), (3, 2), "they are started if no gate runs")
