"""Children that a process had before it became a gate, and their children, are not killed, although the gate is a subreaper."""
import os
import sys

# One child stays. The other one ends and leaves its own child, which the gate adopts.
BEFORE = """
sleep 1000 < /dev/null > /dev/null 2>&1 & echo $! > child
(sleep 1000 & echo $! > left; while ! test -e go_on; do sleep 0.01; done) < /dev/null > /dev/null 2>&1 &
echo $! > parent
exec "$@"
"""


def run(ctx):
    ctx.gateway["shared"] = "off"  # the case is about gate processes of single clients
    if not sys.platform.startswith("linux"):
        return
    ctx.servers(a=["tools=echo"])
    gate = ctx.gate(command=["sh", "-c", BEFORE, "sh", ctx.callgate_path])
    gate.hello()
    ctx.equal(gate.text("a__echo"), "{}", "a call")

    def pid(name):
        file = ctx.dir / name
        ctx.wait(lambda: file.exists() and file.read_text().endswith("\n"), name)
        return int(file.read_text())

    child, left, parent = pid("child"), pid("left"), pid("parent")
    (ctx.dir / "go_on").touch()
    ctx.wait(lambda: not os.path.exists(f"/proc/{parent}"), "the ended child is reaped")
    with open(f"/proc/{left}/stat") as stat:
        ctx.equal(int(stat.read().rpartition(") ")[2].split()[1]), gate.process.pid, "the parent of the process that it left")
    ctx.equal(gate.text("a__echo"), "{}", "another call")
    gate.close()
    for each in (child, left):
        os.kill(each, 9)
