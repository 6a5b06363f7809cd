#!/usr/bin/env python3
"""Uses callgate secret as a person or a script does, in a temporary home folder, and moves secrets when servers are imported.

usage: check_secrets.py CALLGATE
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from counting import expect, finish
from terminal import on_terminal as terminal_of

callgate = os.path.abspath(sys.argv[1])
home = pathlib.Path(tempfile.mkdtemp(prefix="callgate-secrets-")).resolve()
env = {name: value for name, value in os.environ.items() if not name.startswith(("CALLGATE_", "XDG_", "DBUS_"))}
# This folder has no session bus, so that nothing is written to a person's own keyring.
env.update(HOME=str(home), TERM="xterm", XDG_RUNTIME_DIR=str(home))
state = home / ".local/state/callgate"
config = home / ".config/callgate/config.json"
cursor = home / ".cursor/mcp.json"
VALUE = "s3cret-of-the-test"


def check(words, code, out=None, err=None, stdin="", extra=None):
    done = subprocess.run([callgate, *words], input=stdin, capture_output=True, text=True, timeout=60, env={**env, **(extra or {})},
                          cwd=home, check=False)
    name = "callgate " + " ".join(words)
    expect(done.returncode == code, f"{name}: exit {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    for pattern, text, where in ((out, done.stdout, "stdout"), (err, done.stderr, "stderr")):
        if pattern is not None:
            expect(re.search(pattern, text), f"{name}: {where} is not like {pattern!r}:\n{text}")
    expect(VALUE not in done.stdout + done.stderr, f"{name}: the value is printed")
    return done.stdout


def on_terminal(words, answers):
    return terminal_of([callgate, *words], env, home, answers)


def fresh(text=None):
    for path in home.iterdir():
        shutil.rmtree(path)
    config.parent.mkdir(parents=True)
    if text is not None:
        config.write_text(text, encoding="utf-8")


def set_list_remove():
    fresh('{"mcpServers": {"gh": {"command": "x", "env": {"T": "${secret:gh}", "U": "${secret:other}"}}}}')
    check(["secret", "set", "gh"], 0, err=r"secret 'gh' is set, in a file that only you can read\n.*not in the keyring: .*\n.*: gh", stdin=VALUE + "\n")
    expect((state / "secrets").stat().st_mode & 0o777 == 0o600, "the file of secrets is 0600")
    expect(json.loads((state / "secrets").read_text())["secrets"][0]["value"] == VALUE, "one line end is removed")
    check(["secret"], 0, out=r"secret +in +set +servers\ngh +file +\d+s +gh\nother +not set +never +gh\n")
    listed = json.loads(check(["secret", "list", "--json"], 0))["secrets"]
    expect([each["name"] for each in listed] == ["gh", "other"], f"the list: {listed}")
    expect(set(listed[0]) == {"name", "in", "set", "servers"}, f"the list: {listed}")
    expect(len(check(["secret", "list", "--jsonl"], 0).splitlines()) == 2, "each secret has one row")
    told = json.loads(check(["secret", "set", "gh", "--json"], 0, stdin=VALUE))
    expect(told == {"name": "gh", "in": "file", "replaced": True, "servers": ["gh"]}, f"set: {told}")
    check(["secret", "set", "free", "--in", "file"], 0, err=r'write "\$\{secret:free\}" in the "env" of a server', stdin=VALUE)
    check(["secret", "remove", "ghh"], 3, err="no secret 'ghh'; did you mean 'gh'")
    check(["secret", "remove", "gh"], 0, err=r"still refer to the secret and will not start: gh")
    told = json.loads(check(["secret", "remove", "free", "--json"], 0))
    expect(told == {"removed": "free", "servers": []}, f"remove: {told}")
    expect(VALUE not in (state / "secrets").read_text(), "removed secrets are gone")
    fresh()
    check(["secret"], 3, err="there is no secret")


def what_is_refused():
    fresh("{}")
    check(["secret", "set"], 2, err="NAME")
    check(["secret", "set", "gh", VALUE[:3]], 2)
    check(["secret", "set", "a b"], 2, err="1 to 64 letters")
    check(["secret", "set", "a" * 64, "--in", "file"], 0, stdin="x")
    check(["secret", "set", "a" * 65], 2, err="1 to 64 letters", stdin="x")
    check(["secret", "set", "e"], 1, err=r"empty \(secret.value\)", stdin="\n")
    check(["secret", "set", "e", "--in", "file"], 0, stdin="x" * 65536 + "\r\n")
    check(["secret", "set", "e"], 1, err=r"longer than 64 KiB \(secret.value\)", stdin="x" * 65537)
    check(["secret", "set", "e", "--in", "keyring"], 1, err=r"\(secret.keyring\)", stdin="x")
    (state / "secrets").chmod(0o644)
    for words in (["secret", "list"], ["secret", "remove", "e"], ["secret", "set", "e"]):
        check(words, 1, err=r"\(secret.mode\)\n  chmod 600 ", stdin="x")


def at_a_terminal():
    fresh("{}")
    code, shown = on_terminal(["secret", "set", "t", "--in", "file"], [("then Enter:", VALUE[:-1] + "xy\x7f\x7f" + VALUE[-1:] + "\r")])
    expect(code == 0, f"a typed value: {code} {shown}")
    expect(VALUE not in shown and VALUE[:6] not in shown, f"the typed value is not shown: {shown}")
    expect(json.loads((state / "secrets").read_text())["secrets"][0]["value"] == VALUE, "editing keys work")
    code, shown = on_terminal(["secret", "set", "u", "--in", "file"], [("then Enter:", "abc\x03")])
    expect(code == 1 and "nothing was changed" in shown, f"typing is cancelled: {code} {shown}")


def moving():
    text = '{ // mine\n "mcpServers": {"g": {"command": "x", "args": ["--token", "v"], "env": {"TOKEN": "' + VALUE + '", "A": "b"}}}}\n'
    fresh(text)
    check(["secret", "move", "--dry-run"], 0, out=r"TOKEN of g: \$\{secret:g.TOKEN\}\n.*\n    g: its arguments\n")
    check(["secret", "move"], 2, err="nothing was changed; to make the change, type: callgate secret move --yes")
    check(["secret", "move", "h", "--yes"], 1, err=r"\(desktop.unknown_server\)")
    expect(config.read_text() == text and not (state / "secrets").exists(), "nothing is changed before --yes")
    told = json.loads(check(["secret", "move", "--yes", "--json"], 0))
    expect(told["moved"] == [{"server": "g", "variable": "TOKEN", "secret": "g.TOKEN"}] and told["done"], f"move: {told}")
    expect(config.read_text() == text.replace(VALUE, "${secret:g.TOKEN}"), "every other byte stays")
    check(["secret", "move", "--yes"], 3)
    # The same name with another value gets a number; the same value keeps its name.
    config.write_text(text.replace(VALUE, "another"))
    check(["secret", "move", "--yes"], 0)
    expect("${secret:g.TOKEN-2}" in config.read_text(), config.read_text())
    config.write_text(text)
    check(["secret", "move", "--yes"], 0)
    expect("${secret:g.TOKEN}" in config.read_text(), config.read_text())


def taking_over():
    servers = '{"mcpServers": {"g": {"command": "x", "env": {"TOKEN": "' + VALUE + '"}}, "v": {"command": "y", "env": {"K": "${input:api key}"}}}}'

    def start():
        fresh()
        cursor.parent.mkdir()
        cursor.write_text(servers)

    start()
    check(["import", "cursor", "--dry-run"], 0, out=r"TOKEN of g\n +callgate import cursor --secrets moves these variables")
    check(["import", "cursor", "--yes", "--no-start"], 0, err=r"v asks for a secret; to store the secret: callgate secret set api-key\n1 secret is in the configuration in plain text; to move it: callgate secret move")
    expect(VALUE in config.read_text() and not (state / "secrets").exists(), "by default secrets are not moved")
    start()
    check(["import", "cursor", "--secrets", "--dry-run"], 0, out=r"TOKEN of g: \$\{secret:g.TOKEN\}\n +the client's file keeps these secrets")
    expect(not (state / "secrets").exists(), "a plan writes no secret")
    told = json.loads(check(["import", "cursor", "--secrets", "--yes", "--no-start", "--json"], 0))
    expect(told["moved"] == ["g.TOKEN"] and told["servers"][0]["secrets"] == [] and told["servers"][1]["asked"] == ["api-key"], f"import: {told}")
    expect(VALUE not in config.read_text() and "${secret:api-key}" in config.read_text(), config.read_text())
    expect(json.loads((state / "secrets").read_text())["secrets"][0]["value"] == VALUE, "the secret has the value")
    check(["import", "cursor", "--yes", "--no-start"], 0, out="is configured already", err="nothing to change")
    for answer, moved in (("y", True), ("n", False)):
        start()
        code, shown = on_terminal(["import", "cursor", "--no-start"], [("config.json? [y/N]", "y\r"), ("callgate's secrets? [y/N]", answer + "\r")])
        expect(code == 0 and VALUE not in shown, f"import at a terminal: {code} {shown}")
        expect((VALUE not in config.read_text()) == moved, f"import at a terminal, {answer}: {config.read_text()}")
    # If the configuration cannot be written, no secret is left.
    start()
    config.parent.chmod(0o500)
    if not os.access(config.parent, os.W_OK):
        check(["import", "cursor", "--secrets", "--yes", "--no-start"], 1)
        expect(VALUE not in (state / "secrets").read_text(), "the secret is removed again")
    config.parent.chmod(0o700)


try:
    set_list_remove()
    what_is_refused()
    at_a_terminal()
    moving()
    taking_over()
finally:
    shutil.rmtree(home, ignore_errors=True)
finish()
