"""The shared gate is killed. The sessions go on with another one, and each open request gets one truthful answer."""
import json
import os
import signal


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
                      "mcpServers": {"a": ctx.server("a", "tools=echo,never", "journal=@DIR@/journal", share="all")}})
    first, second = ctx.attached(name="first", apart=True), ctx.attached(name="second", apart=True)
    for gate in (first, second):
        ctx.equal(gate.text("a__echo", {"before": gate.name}), json.dumps({"before": gate.name}), "an answer")

    # The server got the call, so nobody knows whether it was carried out.
    open_call = first.start("tools/call", {"name": "a__never", "arguments": {"n": 1}})
    ctx.wait(lambda: len(ctx.lines("journal")) == 3, "the server gets the call")
    dead = kill_gate(ctx)
    result = first.reply(open_call)["result"]
    ctx.check(result["isError"], f"the answer is a failure: {result}")
    ctx.check("It is unknown whether call 1-3 was carried out" in result["content"][0]["text"], f"its text: {result}")
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

    # If no other gate can be started, the client goes on with a gate process of its own.
    held = second.start("tools/call", {"name": "a__never", "arguments": {"n": 2}})
    ctx.wait(lambda: len(ctx.lines("journal")) == 7, "the server gets the call")
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
    ctx.equal([call["outcome"] for call in ctx.history()], ["ok", "ok", "lost", "ok", "ok", "ok", "lost"], "the record")
