"""On a full disk calls are refused with the reason, or forwarded if the configuration says so. Nothing hangs."""
import json
import os
import subprocess

from harness import Skip


def run(ctx):
    ctx.state.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(ctx.state)], check=False,
                                           capture_output=True).returncode != 0:
        raise Skip("no small disk to be had: needs root and mount")
    try:
        for on_failure in ("refuse", "allow"):
            for path in ctx.state.iterdir():
                if path.is_file():
                    path.unlink()
            fill_up(ctx, on_failure)
    finally:
        for gate in ctx.gates:
            if gate.process.poll() is None:
                gate.kill()
                gate.process.wait()
        subprocess.run(["umount", "-l", str(ctx.state)], check=False)


def fill_up(ctx, on_failure):
    ctx.write_config(json.dumps({"mcpServers": {"a": ctx.server("a", "tools=echo", f"journal=@DIR@/{on_failure}")},
                                 "record": {"on_failure": on_failure}}))
    gate = ctx.gate(name=on_failure)
    gate.hello()
    gate.text("a__echo")
    with open(ctx.state / "ballast", "wb", buffering=0) as ballast:
        try:
            while ballast.write(b"x" * 4096) == 4096:
                pass
        except OSError:
            pass
    answers = [gate.call("a__echo", {"n": n, "s": os.urandom(3000).hex()}) for n in range(20)]
    refused = [answer for answer in answers if "error" in answer or answer["result"].get("isError")]
    if on_failure == "allow":
        ctx.equal(refused, [], "calls that were refused")
    else:
        ctx.check(refused, "no call was refused on a full disk")
        ctx.check("record" in json.dumps(refused[-1]), f"the refusal says why: {refused[-1]}")
        ctx.check(len(ctx.lines(on_failure)) <= 21 - len(refused), "a refused call reached the server")
    (ctx.state / "ballast").unlink()
    ctx.wait(lambda: "result" in gate.call("a__echo"), "calls work again when there is room")
    gate.close()
