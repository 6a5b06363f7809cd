"""If a client stops reading, at most its own stream ends. Nothing grows without bound, and nothing hangs."""
import json
import subprocess


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {"a": ctx.server("a", "tools=huge")},
                                 "limits": {"line": 1 << 20, "queue": 4 << 20}}))
    process = subprocess.Popen([ctx.callgate_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, cwd=ctx.dir, env=ctx.env)
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
