"""A gate with the PATH of a desktop finds the commands that a login shell finds. For others, the error names the folders that were searched."""
import json
import os


def run(ctx):
    home = ctx.dir / "home"
    (home / "tools").mkdir()
    os.symlink(ctx.fake_path, home / "tools" / "my-own-server")
    (home / ".profile").write_text("echo ':welcome:'; echo x >> ~/asked\nPATH=$HOME/tools:$PATH\n")
    ctx.write_config({"mcpServers": {
        "own": {"command": "my-own-server", "args": ["name=own", "tools=env"]},
        "second": {"command": "my-own-server", "args": ["name=second", "tools=env"]},
        "absent": {"command": "no-such-command-anywhere"}}})
    poor = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    gate = ctx.gate(env=poor)
    gate.hello()
    ctx.equal(sorted(gate.tools()), ["own__env", "second__env"], "tools")
    path = gate.text("own__env", {"name": "PATH"})
    ctx.check(path.startswith(f"/usr/bin:/bin:{home}/tools"), f"the server's PATH: {path}")
    gate.told("'absent'", "no-such-command-anywhere, in none of /usr/bin:/bin:", f"{home}/tools", "(child.not_found)")
    gate.close()
    ctx.equal((home / "asked").read_text(), "x\n", "the shell was asked once")

    # No shell is asked if the configuration turns that off.
    config = json.loads(ctx.config_file.read_text())
    ctx.write_config({**config, "gateway": {"login_path": "off"}})
    gate = ctx.gate(env=poor, name="off")
    gate.hello()
    gate.tools()  # answered from the first gate's lists, so it need not wait for these servers
    gate.told("my-own-server, in none of /usr/bin:/bin (")
    gate.close()
    ctx.equal((home / "asked").read_text(), "x\n", "the shell was not asked")
