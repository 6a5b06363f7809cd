"""Commands show the memory of all processes of a server, the whole log, lines that are not messages, and embedded text. The calls of a
killed gate are shown as lost."""
import json
import os
import signal


def resident(pid):
    return int(open(f"/proc/{pid}/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def children(pid):
    return [int(each) for each in open(f"/proc/{pid}/task/{pid}/children").read().split()]


def run(ctx):
    ctx.gateway["shared"] = "off"  # the case is about gate processes of single clients
    embedded = {"content": [{"type": "resource", "resource": {"uri": "a:b", "text": "an embedded text"}}]}
    (ctx.dir / "result").write_text(json.dumps(embedded))
    launched = {"command": "sh", "args": ["-c", '"$0" "$@"; exit $?', ctx.fake_path, "name=launched", "tools=echo"]}
    ctx.write_config(json.dumps({"mcpServers": {
        "launched": launched,
        "loud": ctx.server("loud", "tools=echo", "noise", "stderr=first words", "stderr-flood=600000"),
        "texts": ctx.server("texts", "tools=verbatim,never", f"verbatim={ctx.dir}/result"),
        "spaces": {"command": "npx -y some-server"}}}))
    gate = ctx.gate()
    gate.allowed.append({"method": "notifications/tools/list_changed"})
    gate.hello()
    gate.text("launched__echo", {})
    gate.text("loud__echo", {})

    ctx.wait(lambda: json.loads(ctx.run("servers", "--json", status=None))["servers"], "the gate answers")

    def server(name):
        return json.loads(ctx.run("servers", "show", name, "--json"))["servers"][0]

    shell = server("launched")
    (child,) = children(shell["pid"])
    ctx.check(shell["memory_bytes"] >= resident(child), f"memory with the launched program: {shell}")

    ctx.check(server("loud")["noise"] > 0 and server("loud")["noise_line"], f"noise: {server('loud')}")
    ctx.check(server("loud")["noise_line"] in ctx.run("servers", "show", "loud"), "the line that is not a message is shown")

    def logs():
        return json.loads(ctx.run("servers", "logs", "loud", "--json"))["logs"][0]["text"]

    ctx.check("first words" in logs() and len(logs()) >= 600000, f"{len(logs())} bytes of the log")
    why = server("spaces")["why"]
    ctx.check('"command":"npx","args":["-y","some-server"]' in why, why)

    ctx.equal(ctx.run("call", "texts__verbatim").strip(), "an embedded text", "the text that call prints")
    gate.start("tools/call", {"name": "texts__never", "arguments": {}})
    ctx.wait(lambda: any(call["outcome"] == "pending" for call in ctx.history()), "a call is open")
    os.kill(gate.process.pid, signal.SIGKILL)
    gate.process.wait(10)
    lost = [call for call in ctx.history() if call["outcome"] == "lost"]
    ctx.equal(len(lost), 1, "calls that are lost at once")
    ctx.equal([call for call in ctx.history() if call["outcome"] == "pending"], [], "pending")
    shown = ctx.run("history", "sql", "select outcome from calls where outcome in ('lost', 'pending')", "--jsonl")
    ctx.check("lost" in shown and "pending" not in shown, shown)
