"""If a server kills its warden, the server and its processes end at once, also one that left the session and cleared its environment."""
import os
import sys

import processes

SERVER = r'''
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1

def go():
    warden = os.getppid()
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.set_inheritable(write, True)
        os.execve(sys.executable, [sys.executable, "-c", f"import os, time; os.write({write}, b'x'); time.sleep(1000)"], {})
    os.read(read, 1)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, 0)
    with open(os.environ["PIDS"], "w") as file:
        file.write(f"{os.getpid()} ")
        with open(f"/proc/self/task/{os.getpid()}/children") as children:
            file.write(children.read())
    os.kill(warden, signal.SIGKILL)
    while True:
        signal.pause()

serve("go", go)
'''


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(") ")[2].startswith("Z")
    except OSError:
        return True


def run(ctx):
    if not sys.platform.startswith("linux"):
        return
    pids = ctx.dir / "pids"
    ctx.write_config({"mcpServers": {"bad": ctx.python_server(SERVER, PIDS=str(pids)), "good": ctx.server("good", "tools=echo")}})
    gate = ctx.gate()
    gate.hello()
    gate.call("bad__go")
    left = [int(pid) for pid in pids.read_text().split()]
    ctx.equal(len(left), 2, "the server and its process")
    try:
        ctx.wait(lambda: all(gone(pid) for pid in left), lambda: f"both end: {[(pid, gone(pid)) for pid in left]} {gate.stderr}")
    finally:
        processes.kill_all([pid for pid in left if not gone(pid)])
    # No zombie is left.
    ctx.wait(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in left), "both are reaped")
    ctx.equal(gate.text("good__echo"), "{}", "another server")
    gate.close()
