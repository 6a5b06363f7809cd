#!/usr/bin/env python3
"""Types a line and presses Tab in each real shell that is installed, and reads the line that results.

usage: check_completion.py CALLGATE
"""
import os
import pathlib
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from counting import expect, finish

callgate = os.path.abspath(sys.argv[1])
folder = pathlib.Path(tempfile.mkdtemp(prefix="callgate-completion-"))
DEADLINE = 60  # seconds


def prepare():
    """Makes a home folder with a configuration, and the program as `callgate` in a folder of PATH. Returns the environment."""
    (folder / "bin").mkdir()
    (folder / "bin" / "callgate").symlink_to(callgate)
    (folder / "config.json").write_text('{"mcpServers": {"github": {"command": "x"}, "my notes": {"command": "x"}, "bell\\u0007": {"command": "x"}},'
                                        ' "profiles": {"reviewer": {}}}')
    (folder / "notes.json").write_text("{}")
    env = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder), "CALLGATE_CONFIG": str(folder / "config.json"),
           "CALLGATE_STATE": str(folder), "PS1": "$ ", "TERM": "dumb", "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}
    for shell in ("bash", "fish", "zsh"):
        done = subprocess.run([callgate, "completion", shell], capture_output=True, text=True, check=True)
        (folder / f"script.{shell}").write_text(done.stdout)
    return env


class Terminal:
    def __init__(self, words, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(words[0], words, env)

    def type(self, text, awaited):
        """Types the text and returns the shell's output, once it contains `awaited`."""
        os.write(self.fd, text.encode())
        end, got = time.monotonic() + DEADLINE, ""
        while awaited not in got and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.5)[0]:
                got += os.read(self.fd, 65536).decode("utf-8", "replace")
        return got

    def end(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


# The text that is typed before Tab, and the line after it.
LINES = [
    ("callgate servers lo", "callgate servers logs "),
    ("callgate compl", "callgate completion "),
    ("callgate history --outco", "callgate history --outcome "),
    ("callgate history --outcome to", "callgate history --outcome tool_error "),
    ("callgate --color=ne", "callgate --color=never "),
    ("callgate --config no", "callgate --config notes.json "),
    ("callgate servers show g", "callgate servers show github "),
    ("callgate servers show my", "callgate servers show my\\ notes "),
    ("callgate --profile re", "callgate --profile reviewer "),
    ("callgate register claude-d", "callgate register claude-desktop "),
    ("bin/callgate poli", "bin/callgate policy "),
]


def check_line_editors(env):
    setups = {
        "bash": (["bash", "--norc", "--noprofile", "-i"], "source script.bash"),
        "zsh": (["zsh", "-f", "-i"], "autoload -Uz compinit; compinit -u -D; source script.zsh"),
    }
    for shell, (words, setup) in setups.items():
        if not shutil.which(shell):
            continue
        expect(subprocess.run([shell, "-n", folder / f"script.{shell}"], check=False).returncode == 0, f"{shell} -n")
        terminal = Terminal(words, env)
        terminal.type(f"{setup}; bind 'set bell-style none' 2>/dev/null; echo re''ady\n", "\nready")
        for line, full in LINES:
            got = terminal.type("\x15" + line + "\t", full)
            expect(full in got, f"{shell}: {line}<Tab> gave {got!r}, not {full!r}")
        terminal.end()


def check_fish(env):
    if not shutil.which("fish"):
        return
    expect(subprocess.run(["fish", "-n", folder / "script.fish"], env=env, check=False).returncode == 0, "fish -n")
    for line, full in LINES:
        done = subprocess.run(["fish", "--no-config", "-c", "source script.fish; complete -C $argv[1]", line], cwd=folder, env=env,
                              capture_output=True, text=True, timeout=DEADLINE, check=False)
        offered = [each.split("\t")[0] for each in done.stdout.splitlines()]
        word = full.replace("\\ ", "\0").split()[-1].replace("\0", " ")
        expect([each.replace("\\ ", " ") for each in offered] == [word], f"fish: {line}<Tab> offers {offered}, not {word!r} alone\n{done.stderr}")


def check_names(env):
    done = subprocess.run([callgate, "complete", "--", "servers", "show", ""], env=env, capture_output=True, text=True, check=False)
    expect(done.stdout == "github\t\nmy notes\t\n", f"a name with control characters is not offered: {done.stdout!r}")
    done = subprocess.run([callgate, "completion", "bsh"], env=env, capture_output=True, text=True, check=False)
    expect(done.returncode == 2 and "did you mean 'bash'" in done.stderr, f"completion bsh: {done.returncode} {done.stderr}")


surroundings = prepare()
check_line_editors(surroundings)
check_fish(surroundings)
check_names(surroundings)
shutil.rmtree(folder)
finish()
