"""After register the first session has every tool and the instructions, although its servers start slowly and in another folder."""
import json
import shlex
import subprocess


def run(ctx):
    delay = ctx.dir / "delay"
    delay.write_text("0")

    def slow(name, *words):
        server = ctx.server(name, *words)
        line = " ".join(shlex.quote(ctx.fill(word)) for word in [server["command"], *server["args"]])
        return {"command": "sh", "args": ["-c", f"sleep $(cat {shlex.quote(str(delay))}); exec {line}"]}

    servers = {"a": slow("a", "tools=echo", "instructions=read me first"), "b": slow("b", "tools=echo,mirror"),
               "broken": {"command": "sh", "args": ["-c", "exit 7"]}}
    cursor = ctx.dir / "home/.cursor/mcp.json"
    cursor.parent.mkdir(parents=True)
    cursor.write_text(json.dumps({"mcpServers": servers}))
    other = ctx.dir / "other"
    other.mkdir()

    def register(*words):
        done = subprocess.run([ctx.callgate_path, "register", "cursor", *words], cwd=other, env=ctx.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=False)
        ctx.equal(done.returncode, 0, done.stderr)
        return done.stderr

    said = register("--yes")
    for words in ("starting once", "a: 1 tool\n", "b: 2 tools", "broken: exited with status 7"):
        ctx.check(words in said, f"{words}: {said}")

    delay.write_text("60")
    gate = ctx.gate("--standalone")
    hello = gate.hello()
    ctx.check("read me first" in json.dumps(hello), f"instructions: {hello}")
    ctx.equal(gate.tools(), ["a__echo", "b__echo", "b__mirror"], "tools while the servers start")
    gate.close()

    ctx.run("unregister", "cursor", "--yes")
    cursor.write_text(json.dumps({"mcpServers": {"later": {"command": "sh", "args": ["-c", f"touch {shlex.quote(str(ctx.dir / 'ran'))}"]}}}))
    said = register("--yes", "--no-start")
    ctx.check("starting once" not in said and not (ctx.dir / "ran").exists(), f"--no-start starts nothing: {said}")
