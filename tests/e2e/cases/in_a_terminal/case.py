"""If callgate is started in a terminal, it says what it is and exits with 2, and it creates nothing."""
import os
import pty
import subprocess


def run(ctx):
    ctx.servers(a=["tools=echo"])
    ours, theirs = pty.openpty()
    done = subprocess.run([ctx.callgate_path], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ctx.env,
                          cwd=ctx.dir, timeout=20, check=False)
    os.close(ours)
    os.close(theirs)
    ctx.equal(done.returncode, 2, "status")
    ctx.check(b"callgate --help" in done.stderr and not done.stdout, f"{done.stdout!r} {done.stderr!r}")
    ctx.check(not ctx.state.exists(), "no state folder is created")
