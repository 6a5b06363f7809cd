"""A server that needs seconds to end after its client has left is not killed, and its client does not wait for it."""
import shlex
import time


def run(ctx):
    server = ctx.server("a", "tools=echo")
    words = " ".join(shlex.quote(ctx.fill(word)) for word in [server["command"], *server["args"]])
    done = ctx.dir / "done"
    script = f"{words}; trap '' TERM; sleep 4; echo saved >&2; echo saved; echo yes > {shlex.quote(str(done))}"
    ctx.write_config({"mcpServers": {"a": {"command": "sh", "args": ["-c", script]}}})
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.text("a__echo"), "{}", "a call")
    gate.process.stdin.close()
    gate.process.wait(30)
    ctx.check(not done.exists(), "the client waited for its server")
    ctx.wait(done.exists, "the server ends by itself")
