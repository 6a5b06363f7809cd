#!/usr/bin/env python3
"""Tests the commands for the configuration file, in a temporary home folder.

usage: check_config.py CALLGATE
"""
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from counting import expect, finish

callgate = os.path.abspath(sys.argv[1])
home = pathlib.Path(tempfile.mkdtemp(prefix="callgate-config-")).resolve()
env = {name: value for name, value in os.environ.items() if not name.startswith(("CALLGATE_", "XDG_"))}
env.update(HOME=str(home), TERM="xterm")
ours = home / ".config/callgate/config.json"


def check(words, code, out=None, err=None, program=callgate):
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=env, cwd=home, check=False)
    name = "callgate " + " ".join(words)
    expect(done.returncode == code, f"{name}: exit {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    if out is not None:
        expect(re.search(out, done.stdout), f"{name}: stdout is not like {out!r}:\n{done.stdout}")
    if err is not None:
        expect(re.search(err, done.stderr), f"{name}: stderr is not like {err!r}:\n{done.stderr}")
    return done.stdout


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def beginning():
    check(["config"], 0, out=r"/\.config/callgate/config\.json\n$", err="callgate config init")
    check(["config", "path", "--quiet", "--config", "x/../c.json"], 0, out=rf"^{home}/c\.json\n$")
    expect(json.loads(check(["config", "path", "--json"], 0))["exists"] is False, "config path --json: exists")
    check(["config", "check"], 1, out="config.missing")
    os.umask(0)
    told = json.loads(check(["config", "init", "--json"], 0))
    expect(told == {"file": str(ours), "schema": None}, f"config init --json: {told}")
    expect(mode(ours) == 0o600 and mode(ours.parent) == 0o700, "config init: modes")
    expect("$schema" not in ours.read_text(encoding="utf-8"), "config init refers to a schema that does not exist")
    before = ours.read_bytes()
    check(["config", "init"], 1, err=r"exists already \(config\.exists\)\n.*callgate config check")
    expect(ours.read_bytes() == before, "config init has overwritten a file")
    check(["config", "check"], 0, out=r"good\n  servers   none\n  rules     0 deny")
    check(["policy", "check"], 0)


def refused_places():
    (home / "link.json").symlink_to(home / "nowhere.json")
    check(["config", "init", "--config", str(home / "link.json")], 1, err="config.exists")
    (home / "file").write_text("", encoding="utf-8")
    check(["config", "init", "--config", str(home / "file/below/c.json")], 1, err=r"file.*: Not a directory \(config\.write\)")


def what_is_wrong():
    broken = home / "broken.json"
    broken.write_text('{\n  "mcpServers": {"a": {"comand": "x"}},\n  "policy": {"defualt": "deny", "deny": ["b__*"]}\n}', encoding="utf-8")
    check(["config", "check", "broken.json"], 1, out=r'broken\.json:2:24: mcpServers\.a\.comand: no such key \(config\.unknown_key\)\n  did you mean "command"')
    told = json.loads(check(["config", "check", "--json", str(broken)], 1))
    keys = {(error["line"], error["column"], error["key"], error["code"]) for error in told["errors"]}
    expect((3, 14, "policy.defualt", "config.unknown_key") in keys, f"config check --json: {keys}")
    expect((3, 42, "policy.deny[0] b__*", "config.unknown_server") in keys, f"config check --json: {keys}")
    expect(not told["good"], "config check --json: good")
    broken.write_text('{"mcpServers": {"a": {"command": "x", "disabled": true}}, "profiles": {"p": {"policy": {"deny": ["*"]}}}}', encoding="utf-8")
    check(["config", "check", "broken.json"], 0, out=r"servers   a \(disabled\)\n.*\n  profiles  p \(1 rule\)")
    check(["config", "check", "--quiet", "broken.json"], 0, out="^$")
    check(["config", "check", "none.json"], 1, out="config.missing")


def schema_beside_the_program():
    """Places the program and its schema as `meson install` does."""
    program = home / "a b/bin/callgate"
    schema = home / "a b/share/callgate/config.schema.json"
    for path in (program, schema):
        path.parent.mkdir(parents=True)
    shutil.copyfile(callgate, program)
    program.chmod(0o700)
    schema.write_text(check(["config", "schema"], 0), encoding="utf-8")
    expect(json.loads(schema.read_text(encoding="utf-8"))["$schema"].endswith("2020-12/schema"), "config schema: the draft of JSON Schema")
    expect(json.loads(check(["config", "schema", "--json"], 0)) == json.loads(schema.read_text(encoding="utf-8")), "config schema --json differs")
    check(["config", "init", "--config", "other.json"], 0, program=str(program))
    text = (home / "other.json").read_text(encoding="utf-8")
    expect(f'"$schema": "file://{home}/a%20b/share/callgate/config.schema.json"' in text, f"config init: the $schema of the file:\n{text[:300]}")
    check(["config", "check", "other.json"], 0)


try:
    beginning()
    refused_places()
    what_is_wrong()
    schema_beside_the_program()
finally:
    shutil.rmtree(home)
finish()
