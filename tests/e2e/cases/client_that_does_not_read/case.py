"""If a client stops reading, at most its own stream ends, and stderr says why. Nothing grows without bound, and nothing hangs."""
import json
import subprocess


def run(ctx):
    for shared in ("off", "auto"):
        ctx.write_config({"mcpServers": {"a": ctx.server("a", "tools=huge")}, "gateway": {"shared": shared, "idle_exit": "1s"},
                          "limits": {"line": 1 << 20, "queue": 4 << 20}})
        stderr = ctx.dir / f"stderr-{shared}"
        with open(stderr, "wb") as file:
            flood(ctx, file)
        said = stderr.read_text("utf-8", "replace")
        ctx.equal(said.count("client 'deaf' is disconnected: the client does not read its messages (limits.queue)"), 1,
                  f"the reason, once: {said}")


def flood(ctx, stderr):
    """Makes calls with large results, whose answers nobody reads, until the gate has ended."""
    process = subprocess.Popen([ctx.callgate_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=stderr, cwd=ctx.dir, env=ctx.env)
    try:
        hello = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "deaf", "version": "1"}}}
        process.stdin.write(json.dumps(hello).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        for n in range(100):
            call = {"jsonrpc": "2.0", "id": n, "method": "tools/call",
                    "params": {"name": "a__huge", "arguments": {"bytes": 512 << 10}}}
            process.stdin.write(json.dumps(call).encode() + b"\n")
            process.stdin.flush()
        process.stdin.close()
        process.wait(20)
    except BrokenPipeError:
        process.wait(20)
    except subprocess.TimeoutExpired:
        ctx.check(False, "the gate does not end while its output is not read")
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
