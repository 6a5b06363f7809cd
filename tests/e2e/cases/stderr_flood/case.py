"""100 MB on stderr, at start and in a call, block neither the child nor the gate, and are not kept."""
import re

FLOOD = 100 << 20


def run(ctx):
    ctx.servers(a=["tools=stderr,echo", f"stderr-flood={FLOOD}"])
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.text("a__stderr", {"bytes": FLOOD}, 60), "written", "a flood in a call")
    ctx.equal(gate.text("a__echo"), "{}", "afterwards")
    status = (ctx.dir / "/proc" / str(gate.process.pid) / "status").read_text()
    peak = int(re.search(r"VmHWM:\s*(\d+)", status)[1]) * 1024
    sanitized = any(name.endswith("SAN_OPTIONS") for name in ctx.env) or "asan" in ctx.callgate_path
    ctx.check(sanitized or peak < FLOOD, f"the gate's memory peaked at {peak >> 20} MiB")
    gate.close()
    ctx.check(len(gate.stderr) < 4 << 20, f"{len(gate.stderr)} bytes of it are on the gate's stderr")
