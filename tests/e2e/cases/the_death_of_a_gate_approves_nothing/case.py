"""A changed server waits for a person's approval. If somebody kills the shared gate meanwhile, no session goes on with the changed server."""
import json
import os
import signal


def run(ctx):
    gateway = {"shared": "auto", "idle_exit": "1s"}
    good = ctx.server("good", "tools=echo", share="all")
    evil = ctx.server("evil", "tools=echo", "starts=@DIR@/evil")

    def configure(**servers):
        ctx.write_config({"gateway": gateway, "mcpServers": servers})

    def shared_gate():
        gates = json.loads(ctx.run("status", "--json", status=None) or "{}").get("processes", [])
        return next((gate["pid"] for gate in gates if gate["how"] == "shared"), None)

    configure(good=good)
    gate = ctx.attached(apart=True)
    ctx.equal(gate.tools(), ["good__echo"], "the tools")
    ctx.wait(shared_gate, "the shared gate runs")

    # With approval, the session goes on.
    other = ctx.server("other", "tools=echo", share="all")
    configure(good=good, other=other)
    gate.allowed.append(json.loads('{"method": "notifications/tools/list_changed"}'))
    ctx.run("reload")
    ctx.wait(lambda: gate.tools() == ["good__echo", "other__echo"], "the new server's tool")
    os.kill(shared_gate(), signal.SIGKILL)
    ctx.equal(gate.text("other__echo", {"n": 1}), '{"n": 1}', "an answer")

    # Without approval, it does not.
    configure(good=good, other=other, evil=evil)
    gate.told("evil", "reload")
    os.kill(shared_gate(), signal.SIGKILL)
    gate.told("attach.servers", "start the client again")
    gate.process.stdin.close()
    gate.wait(None)
    ctx.equal(ctx.lines("evil"), [], "starts of the server")
