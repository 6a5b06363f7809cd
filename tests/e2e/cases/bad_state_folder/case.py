"""A state folder that cannot be made or written is reported with the reason."""
import os
import subprocess

from harness import Skip


def run(ctx):
    ctx.servers(a=["tools=echo"])
    (ctx.dir / "file").write_text("in the way")
    stderr = ctx.fails(code="record.open", env={"CALLGATE_STATE": str(ctx.dir / "file" / "state")})
    ctx.check("file/state" in stderr, stderr)
    if os.geteuid() != 0:
        ctx.state.mkdir(mode=0o500)
        ctx.fails(code="record.read_only")
        return
    ctx.state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=64k", "none", str(ctx.state)], check=False,
                             capture_output=True)
    if mounted.returncode != 0:
        raise Skip("root, and no mount allowed: no read-only folder to be had")
    try:
        ctx.fails(code="record.read_only")
    finally:
        subprocess.run(["umount", "-l", str(ctx.state)], check=False)
