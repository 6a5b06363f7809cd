"""Every gate process is found and answers status, servers, logs, restart and stop, also if the state folder has a long name."""
import json
import os
import signal

from processes import command


def run(ctx):
    ctx.gateway["shared"] = "off"  # the case is about gate processes of single clients
    ctx.write_config(json.dumps({"mcpServers": {"a": ctx.server("a", "tools=echo"), "b": ctx.server("b", "tools=echo")}}))
    long = ctx.dir / ("s" * 120) / "state"
    ctx.env["CALLGATE_STATE"] = str(long)
    ctx.equal(json.loads(ctx.run("status", "--json", status=3)), {"processes": []}, "status without a gate process")
    gates = [ctx.gate(name=name, apart=True) for name in ("one", "two")]
    for gate in gates:
        gate.hello()
        gate.tools()

    def processes():
        return json.loads(ctx.run("status", "--json", status=None))["processes"]

    ctx.wait(lambda: len(processes()) == 2, "both gate processes are found")
    seen = processes()
    ctx.check(all(command(each["pid"])[0] == ctx.callgate_path for each in seen), "pids")
    for each in seen:
        ctx.equal([session["client"]["name"] for session in each["sessions"]], ["e2e"], "sessions")
        ctx.equal([(server["name"], server["state"]) for server in each["servers"]], [("a", "ready"), ("b", "ready")], "servers")
    for name in os.listdir(long / "run"):
        ctx.equal(os.stat(long / "run" / name).st_mode & 0o777, 0o600, "mode of a socket")
    before = {server["pid"] for each in seen for server in each["servers"] if server["name"] == "a"}
    ctx.run("servers", "restart", "a")

    def anew():
        now = [server for each in processes() for server in each["servers"] if server["name"] == "a"]
        return all(server["state"] == "ready" and server["pid"] not in before for server in now)

    ctx.wait(anew, "server a has restarted")
    ctx.equal(gates[0].text("a__echo", {"n": 1}), '{"n": 1}', "a call after the restart")
    ctx.run("servers", "restart", "c", status=3)
    ctx.run("servers", "show", "a")
    ctx.run("servers", "logs", "a")
    os.kill(seen[0]["pid"], signal.SIGKILL)
    ctx.wait(lambda: len(processes()) == 1 and len(os.listdir(long / "run")) == 1, "the killed gate process and its socket are gone")
    ctx.run("stop", status=3)
    ctx.run("stop", "--all")
    ctx.equal(sorted(gate.process.wait(10) for gate in gates), [0, 128 + signal.SIGKILL], "exit statuses of the stopped and the killed gate process")
    ctx.run("status", status=3)
