"""Runs `callgate auth` for the cases about signing in, and looks for secrets in everything that it leaves behind."""
import json
import pathlib
import socket
import subprocess
import sys

from harness import DEADLINE, HERE


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Home:
    """A configuration with one remote server, a state folder, and all outputs of the commands that ran with it."""

    def __init__(self, ctx, server, name="sign-in", auth=None, **keys):
        self.ctx, self.server = ctx, server
        self.dir = pathlib.Path(ctx.dir) / name
        self.dir.mkdir()
        self.state = self.dir / "state"
        self.page = self.dir / "page"
        self.config = self.dir / "config.json"
        self.outputs = ""
        # Other logins on this machine may use the usual ports, and a login at another port registers again.
        auth = {"redirect_uri": f"http://127.0.0.1:{free_port()}/callback"} if auth is None else auth
        entry = {"url": server.url, "auth": auth, **keys}
        self.config.write_text(json.dumps({"gateway": {"idle_exit": "1s"}, "mcpServers": {"remote": entry}}))
        self.env = {**ctx.env, "CALLGATE_CONFIG": str(self.config), "CALLGATE_STATE": str(self.state),
                    "BROWSER": f"{sys.executable} {HERE / 'sign_in_browser.py'} {self.page}"}

    def start(self, *words):
        return subprocess.Popen([self.ctx.callgate_path, "auth", *words], cwd=self.dir, env=self.env, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, process, text=None, status=0):
        """Returns what the command printed: stdout, stderr."""
        out, err = process.communicate(text, timeout=DEADLINE * 2)
        self.outputs += out + err
        self.ctx.check(status in (None, process.returncode), f"exit status {process.returncode}, not {status}: {out} {err}")
        return out, err

    def auth(self, *words, status=0):
        return self.end(self.start(*words), status=status)

    def json(self, *words, status=0):
        return json.loads(self.auth(*words, "--json", status=status)[0])

    def state_word(self):
        return self.json("status", "remote")["sign_ins"][0]["state"]

    def read_until(self, process, word):
        """Reads lines of stderr until one has this word, and returns that line."""
        while line := process.stderr.readline():
            self.outputs += line
            if word in line:
                return line.strip()
        raise AssertionError(f"no line with {word}: {self.outputs}")

    def check_no_secrets(self):
        """The tokens are in one file, and in no other file, output or argument."""
        kept = self.state / "sign-ins" / "secrets"
        self.ctx.check(not kept.exists() or kept.stat().st_mode & 0o777 == 0o600, "others may read the file of secrets")
        texts = {"the outputs": self.outputs}
        for file in self.dir.rglob("*"):
            if file.is_file() and file != kept:
                texts[str(file)] = file.read_bytes().decode("utf-8", "replace")
        for place, text in texts.items():
            for canary in self.server.canaries:
                self.ctx.check(canary not in text, f"{canary} is in {place}")
