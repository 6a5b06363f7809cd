"""A script that pipes in its requests and closes the pipe gets every answer. stdin and stdout may also be files."""
import json
import subprocess


def run(ctx):
    ctx.servers(a=["tools=echo,slow"])
    lines = [{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "script", "version": "1"}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"}]
    lines += [{"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": {"name": "a__echo", "arguments": {"n": n}}}
              for n in range(1, 50)]
    lines.append({"jsonrpc": "2.0", "id": 50, "method": "tools/call", "params": {"name": "a__slow", "arguments": {"ms": 100}}})
    script, out = ctx.dir / "in", ctx.dir / "out"
    script.write_text("\n".join(json.dumps(line) for line in lines))  # the last line has no line end
    with open(script, "rb") as stdin, open(out, "wb") as stdout:
        done = subprocess.run([ctx.callgate_path], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, env=ctx.env, cwd=ctx.dir,
                              timeout=30, check=False)
    ctx.equal(done.returncode, 0, f"status; {done.stderr!r}")
    answers = [json.loads(line) for line in out.read_text().splitlines()]
    ctx.equal(sorted(answer["id"] for answer in answers), list(range(51)), "answers")
    ctx.check(all("result" in answer for answer in answers), "every answer is a result")
    ctx.equal(len(ctx.history()), 50, "recorded calls")
