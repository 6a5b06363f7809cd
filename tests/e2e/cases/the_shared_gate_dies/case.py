"""The shared gate is killed. The sessions go on with another one, and each open request gets one truthful answer."""
import json
import os
import shutil
import signal
import subprocess


def shared_gate(ctx):
    gates = json.loads(ctx.run("status", "--json", status=None) or "{}").get("processes", [])
    return next((gate["pid"] for gate in gates if gate["how"] == "shared"), None)


def kill_gate(ctx):
    """Kills the shared gate and returns its process number."""
    ctx.wait(lambda: shared_gate(ctx), "the shared gate runs")
    pid = shared_gate(ctx)
    os.kill(pid, signal.SIGKILL)
    return pid


def run(ctx):
    ctx.write_config({"gateway": {"shared": "auto", "idle_exit": "1s"},
                      "mcpServers": {"a": ctx.server("a", "tools=echo,never", "resources", "journal=@DIR@/journal", share="all")}})
    # As for a user who is not root, processes of the same user cannot look into each other.
    plain = ["setpriv", "--bounding-set=-sys_ptrace"]
    if not shutil.which("setpriv") or subprocess.run([*plain, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        plain = []
    command = [*plain, "sh", "-c", '"$0"; exit $?', ctx.callgate_path]
    first, second = (ctx.attached(name=name, command=command) for name in ("first", "second"))
    for gate in (first, second):
        ctx.equal(gate.text("a__echo", {"before": gate.name}), json.dumps({"before": gate.name}), "an answer")

    # These messages have an effect on the next gates, too, but their answers come only once.
    ctx.equal(first.request("logging/setLevel", {"level": "error"})["result"], {}, "the answer to logging/setLevel")
    ctx.check("result" in first.request("resources/subscribe", {"uri": first.request("resources/list")["result"]["resources"][0]["uri"]}), "the subscription")

    # The server got the call, so nobody knows whether it was carried out.
    open_call = first.start("tools/call", {"name": "a__never", "arguments": {"n": 1}})
    ctx.wait(lambda: len(ctx.lines("journal")) == 3, "the server gets the call")
    dead = kill_gate(ctx)
    result = first.reply(open_call)["result"]
    ctx.check(result["isError"], f"the answer is a failure: {result}")
    ctx.check("It is unknown whether call 1-4 was carried out" in result["content"][0]["text"], f"its text: {result}")
    ctx.check(shared_gate(ctx) != dead, "another gate runs")

    # The sessions are as they were. No request is lost, and none is made twice.
    for gate in (first, second):
        ctx.equal(gate.tools(), ["a__echo", "a__never"], "the tools")
        ctx.equal(gate.text("a__echo", {"after": gate.name}), json.dumps({"after": gate.name}), "an answer")
        gate.told("the shared gate has died")
    ctx.equal(len(ctx.lines("journal")), 5, "calls that the server got")

    # A client that sends while no gate runs waits for the next one. A part of a line is not lost.
    second.send_bytes(b'{"jsonrpc":"2.0","id":"half","method":"tools/call","params":{"name":"a__echo",')
    kill_gate(ctx)
    second.send_bytes(b'"arguments":{"half":2}}}\n')
    ctx.equal(second.reply("half")["result"]["content"][0]["text"], '{"half":2}', "the answer to the divided request")

    # A batch with a lasting message cannot be repeated, so the session ends instead.
    third = ctx.gate(name="third", command=command)
    third.hello(protocolVersion="2025-03-26")
    third.text("a__echo", {"n": 3})
    third.send('[{"jsonrpc":"2.0","id":"l","method":"logging/setLevel","params":{"level":"error"}},'
               '{"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"a__echo","arguments":{"n":4}}}]')
    third.reply("c")
    before = len(ctx.lines("journal"))
    kill_gate(ctx)
    third.told("no other gate can go on with this session: the client has sent a message whose effect lasts, such as a subscription, in a batch")
    third.wait(None)
    ctx.equal(second.text("a__echo", {"n": 5}), '{"n": 5}', "an answer")
    ctx.equal(len(ctx.lines("journal")), before + 1, "calls that the server got")

    # If no other gate can be started, the client goes on with a gate process of its own.
    held = second.start("tools/call", {"name": "a__never", "arguments": {"n": 2}})
    ctx.wait(lambda: len(ctx.lines("journal")) == before + 2, "the server gets the call")
    for lock in (ctx.state / "shared").glob("*.lock"):
        lock.unlink()
        lock.mkdir()
    kill_gate(ctx)
    ctx.check("is unknown" in second.reply(held)["result"]["content"][0]["text"], "the answer to the open call")
    second.told("a gate process of its own")
    ctx.equal(second.tools(), ["a__echo", "a__never"], "the tools")
    first.close()
    second.close()
    ctx.wait(lambda: shared_gate(ctx) is None, "the shared gate ends by itself")
    outcomes = [call["outcome"] for call in ctx.history()]
    ctx.equal(outcomes.count("lost"), 2, f"lost calls in the record: {outcomes}")
