#!/usr/bin/env python3
"""Runs `callgate doctor` in home folders with known faults.

usage: check_doctor.py CALLGATE FAKE_SERVER
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from counting import expect, finish

callgate, fake = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
home = pathlib.Path(tempfile.mkdtemp(prefix="callgate-doctor-")).resolve()
env = {name: value for name, value in os.environ.items() if not name.startswith(("CALLGATE_", "XDG_", "CODEX_", "CLAUDE_"))}
env.update(HOME=str(home), TERM="xterm", GH_TOKEN="gh-token-of-this-terminal")
ours = home / ".config/callgate/config.json"
state = home / ".local/state/callgate"
desktop = home / ("Library/Application Support/Claude" if sys.platform == "darwin" else ".config/Claude") / "claude_desktop_config.json"
SECRET = "hunter2-hunter2"
SLOW = float(os.environ.get("E2E_SLOW", "1"))


def run(*words):
    done = subprocess.run([callgate, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60 * SLOW, env=env, cwd=home, check=False)
    expect(str(home) not in done.stdout, f"callgate {' '.join(words)}: the home folder is shown:\n{done.stdout}")
    expect(SECRET not in done.stdout + done.stderr, f"callgate {' '.join(words)}: a secret is shown:\n{done.stdout}")
    return done


def doctor(*words, code):
    done = run("doctor", "--json", *words)
    expect(done.returncode == code, f"doctor: exit {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    try:
        told = json.loads(done.stdout)
    except json.JSONDecodeError:
        sys.exit(f"doctor: not JSON (exit {done.returncode}):\n{done.stdout}{done.stderr}")
    return told, {each["code"].removeprefix("doctor.") for each in told["findings"] if each["level"] != "ok"}


def configure(config):
    ours.parent.mkdir(parents=True, exist_ok=True)
    ours.write_text(config if isinstance(config, str) else json.dumps(config), encoding="utf-8")
    ours.chmod(0o600)


def server(*args, **more):
    return {"command": fake, "args": list(args), **more}


def fresh():
    for path in home.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    home.chmod(0o700)


def nothing_yet():
    fresh()
    told, codes = doctor(code=1)
    expect(codes == {"config_missing", "record_none"}, f"an empty home: {codes}")
    expect(told["findings"][1]["next"] == "callgate config init", f"an empty home: {told['findings'][1]}")
    expect(not list(home.iterdir()), f"doctor has written to an empty home: {list(home.iterdir())}")
    desktop.parent.mkdir(parents=True)
    desktop.write_text('{"mcpServers": {}}', encoding="utf-8")
    told, _ = doctor(code=1)
    expect("callgate register claude-desktop --dry-run" in told["findings"][1]["next"], f"a home with a client: {told['findings'][1]}")


def all_well():
    fresh()
    configure({"mcpServers": {"a": server("tools=echo,slow", "resources", "prompts"), "off": {"command": "nowhere", "disabled": True}}})
    done = run("doctor")
    expect(done.returncode == 0 and re.search(r"(?m)^  ok     a: ready after .*2 tools, 1 prompt, ", done.stdout), f"all is well: {done.stdout}")
    expect(done.stdout.rstrip().endswith("all is well") or "tool_fault" in done.stdout, f"all is well: {done.stdout}")
    told, codes = doctor(code=0)
    expect(codes <= {"record_none", "tool_fault"}, f"all is well: {codes}")
    facts = told["facts"]
    expect(set(facts) == {"program", "config", "state", "disk", "record", "gates", "path", "servers", "tools", "clients"}, f"the kinds of facts: {sorted(facts)}")
    one = facts["servers"][0]
    expect(one["state"] == "ready" and 0 <= one["initialize_ms"] <= one["ready_ms"] and one["tools"] == 2, f"facts of a server: {one}")
    expect([each["exposed"] for each in facts["tools"]] == sorted((each["exposed"] for each in facts["tools"]), key=lambda name: -next(
        each["bytes"] for each in facts["tools"] if each["exposed"] == name)), "the heaviest tool comes first")
    expect(not (state / "callgate.db").exists(), "doctor has made a record")


def servers():
    """A bad server does not affect the others, and no process of a server survives."""
    fresh()
    starts = home / "starts"
    configure({"mcpServers": {
        "good": server(f"starts={starts}"),
        "noisy": server("noise", f"starts={starts}"),
        "dead": server("crash-in-initialize", f"stderr=at {home}/x with {SECRET}", env={"MY_TOKEN": SECRET}),
        "stuck": server("hang-in-initialize", "ignores-eof", "stderr=asks for a password", f"starts={starts}"),
        "listless": server("hang-in-tools-list", f"starts={starts}"),
        "missing": {"command": "no-such-program-here"},
        "unset": server(env={"A": "${env:NOT_SET_ANYWHERE}"}),
        "none": server("no-tools"),
        "moving": {"command": "npx", "args": ["-y", "some-package"], "disabled": False, "env": {"PATH": "/nowhere"}},
        "self": {"command": callgate},
        "lacking": {"command": "sh", "args": ["-c", "exit 3", "server-github"]},
        "argument": server("no-tools", f"stderr={SECRET}-2", "fail-initialize", env={"PLACE": SECRET + "-2"}),
    }})
    told, codes = doctor("--wait", f"{3 * SLOW:.0f}s", code=1)
    for code in ("server_noise", "server_failed", "server_late", "command_missing", "server_empty", "server_unpinned", "server_recursive", "secret_plain"):
        expect(code in codes, f"servers: {code} is not found: {sorted(codes)}")
    state_of = {each["name"]: each for each in told["facts"]["servers"]}
    expect(state_of["good"]["state"] == "ready", f"a good server next to bad ones: {state_of['good']}")
    expect(state_of["stuck"]["stderr_tail"] == "asks for a password\n", f"the stderr of a server that hangs: {state_of['stuck']}")
    expect("self" not in state_of, "callgate was started inside callgate")
    expect("~/x with \u2022\u2022\u2022" in state_of["dead"]["stderr_tail"], f"the end of a server's stderr: {state_of['dead']}")
    failed = {each["message"].split("'")[1]: each for each in told["findings"] if each["code"] == "doctor.server_failed"}
    expect("NOT_SET_ANYWHERE" in failed["unset"]["message"] and "set the variable" in failed["unset"]["next"], f"a reference without a value: {failed.get('unset')}")
    expect('"env_pass": ["GH_TOKEN"]' in failed["lacking"]["next"], f"a server without a variable that is set here: {failed.get('lacking')}")
    expect("env_pass" not in failed["dead"]["next"], f"a server that names no variable: {failed['dead']}")
    for line in starts.read_text(encoding="utf-8").split():
        try:
            os.kill(int(line), 0)
            alive = pathlib.Path(f"/proc/{line}/cmdline")
            expect(alive.exists() and fake.encode() not in alive.read_bytes(), f"process {line} has survived")
        except ProcessLookupError:
            expect(True, "")
    before = starts.read_bytes()
    _, codes = doctor("--quick", code=1)
    expect("servers_unprobed" in codes and "server_recursive" in codes and starts.read_bytes() == before, f"--quick: {codes}")


def definitions():
    fresh()
    tools = home / "tools.json"
    tools.write_text(json.dumps({"tools": [
        {"name": "bad", "inputSchema": {"type": "object", "properties": {"a b": {"type": "array"}}}},
        {"name": "heavy", "description": "x" * 90000, "inputSchema": {"type": "object"}}]}), encoding="utf-8")
    configure({"mcpServers": {"a": server(f"tools-file={tools}")}})
    told, codes = doctor(code=0)
    expect({"tool_fault", "context_heavy"} <= codes, f"definitions: {codes}")
    fault = next(each for each in told["findings"] if each["code"] == "doctor.tool_fault")
    expect(fault["detail"].startswith("bad: has no description; ") and "heavy" not in fault["detail"], f"definitions: {fault}")
    expect(told["facts"]["tools"][0]["exposed"] == "a__heavy" and told["facts"]["tools"][0]["tokens"] > 20000, "the heaviest tool comes first")
    desktop.parent.mkdir(parents=True)
    name = "a-name-of-callgate-in-this-client-that-goes-on-and-on-and-on"
    desktop.write_text(json.dumps({"mcpServers": {name: {"command": callgate}}}), encoding="utf-8")
    _, codes = doctor(code=0)
    expect("name_long" in codes, f"a long exposed name: {codes}")


def rules():
    """A rule about one argument gets a note if tools have paths in another argument."""
    fresh()
    for argument, told in (("path", True), ("*", False)):
        (home / "tools.json").write_text(json.dumps({"tools": [{"name": "move", "description": "moves", "inputSchema": {"type": "object", "properties": {"source": {"type": "string"}}}}]}), encoding="utf-8")
        configure({"mcpServers": {"a": server(f"tools-file={home}/tools.json")}, "policy": {"deny": [{"tool": "a__*", "args": {argument: {"outside": [str(home)]}}}]}})
        found, codes = doctor(code=0)
        expect(("rule_argument" in codes) == told, f"a rule about {argument}: {codes}")
        expect(not told or any("a__move" in each["message"] for each in found["findings"]), f"the tool is named: {found['findings']}")


def files():
    fresh()
    configure({"mcpServers": {"a": server()}})
    subprocess.run([callgate, "call", "a__echo", "{}"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60 * SLOW, env=env, check=True)
    told, codes = doctor("--quick", code=0)
    expect(codes == {"servers_unprobed"} and told["facts"]["record"]["calls"] == 1 and told["facts"]["record"]["checked"], f"a record: {codes} {told['facts']['record']}")
    ours.chmod(0o640)
    state.chmod(0o755)
    (state / "callgate.db").chmod(0o644)
    _, codes = doctor("--quick", code=0)
    expect({"config_readable", "private_open"} <= codes, f"open files: {codes}")
    ours.chmod(0o666)
    _, codes = doctor("--quick", code=1)
    expect("config_writable" in codes, f"a file that others can change: {codes}")
    for log in state.glob("callgate.db-*"):
        log.unlink()  # it could contain the first page, which gets damaged here
    with open(state / "callgate.db", "r+b") as file:
        file.write(b"not a database at all")
    ours.chmod(0o600)
    told, codes = doctor(code=1)
    expect("record_unreadable" in codes and told["facts"]["servers"][0]["state"] == "ready", f"a file that is not a record: {codes}")
    configure('{"mcpServers": {"a": {"comand": "x"}}}')
    told, codes = doctor(code=1)
    wrong_ones = [each for each in told["findings"] if each["code"] == "doctor.server_entry"]
    expect("~/.config/callgate/config.json:1:23: mcpServers.a.comand" in wrong_ones[0]["message"] and "did you mean" in wrong_ones[0]["next"], f"{wrong_ones}")
    configure('{}')
    _, codes = doctor(code=1)
    expect("config_empty" in codes, f"an empty configuration: {codes}")


def gates():
    fresh()
    configure({"mcpServers": {"a": server()}})
    with subprocess.Popen([callgate, "--standalone"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env) as gate:
        hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}}
        gate.stdin.write((json.dumps(hello) + "\n").encode())
        gate.stdin.flush()
        gate.stdout.readline()
        deadline = time.monotonic() + 20  # the gate opens its socket after its first answer
        while run("status", "--quiet").returncode != 0 and time.monotonic() < deadline:
            pass
        other = home / "other.json"
        shutil.copyfile(ours, other)
        other.chmod(0o600)
        told, codes = doctor("--quick", "--config", str(other), code=0)
        expect([each["pid"] for each in told["facts"]["gates"]] == [gate.pid] and "gate_config" in codes, f"a gate process: {codes} {told['facts']['gates']}")
        expect("runs_open" not in codes, f"a gate process that runs and answers: {codes}")
        gate.send_signal(signal.SIGKILL)
        gate.wait()
    _, codes = doctor("--quick", code=0)
    expect("runs_open" in codes, f"a gate that was killed: {codes}")


def clients():
    fresh()
    desktop.parent.mkdir(parents=True)
    desktop.write_text(json.dumps({"mcpServers": {"a": server()}}), encoding="utf-8")
    configure('{}')
    _, codes = doctor("--quick", code=0)
    expect("client_unregistered" in codes, f"a client with its own servers: {codes}")
    subprocess.run([callgate, "register", "claude-desktop", "--yes", "--no-start"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60 * SLOW, env=env, check=True)
    told, codes = doctor("--quick", code=0)
    expect(not any(code.startswith("client") for code in codes), f"a client that is registered: {codes}")
    config = json.loads(desktop.read_text(encoding="utf-8"))
    beside = {"mcpServers": {**config["mcpServers"], "b": {"command": "x"}, "off": {"command": "y", "disabled": True}}}
    desktop.write_text(json.dumps(beside), encoding="utf-8")
    told, codes = doctor("--quick", code=0)
    expect("client_bypass" in codes and told["facts"]["clients"][0]["others"] == ["b"], f"a server next to callgate in a client's file: {codes} {told['facts']['clients']}")
    # The client has rewritten its file without callgate.
    desktop.write_text('{"mcpServers": {}}', encoding="utf-8")
    told, codes = doctor("--quick", code=1)
    dropped = next((each for each in told["findings"] if each["code"] == "doctor.client_dropped"), None)
    expect(dropped and dropped["next"] == "callgate register claude-desktop", f"a client that has removed callgate: {codes}")
    desktop.unlink()
    _, codes = doctor("--quick", code=1)
    expect("client_dropped" in codes, f"a client whose file is gone: {codes}")
    desktop.write_text(json.dumps({"mcpServers": {"callgate": {"command": "/gone/bin/callgate", "args": ["--config", "/gone.json"]}}}), encoding="utf-8")
    _, codes = doctor("--quick", code=1)
    expect({"client_path_gone", "client_config_gone"} <= codes, f"an entry whose files do not exist: {codes}")
    desktop.write_text('{"mcpServers": {', encoding="utf-8")
    _, codes = doctor("--quick", code=0)
    expect("client_unreadable" in codes, f"a client's file that is broken: {codes}")


def short_environments():
    """A variable that is set in this terminal does not reach a client's callgate unless the client passes it on."""
    fresh()
    configure({"mcpServers": {"a": server(env={"TOKEN": "${env:GH_TOKEN}"})}})
    codex = home / ".codex/config.toml"
    codex.parent.mkdir()
    entry = f'[mcp_servers.callgate]\ncommand = "{callgate}"\n'
    codex.write_text(entry, encoding="utf-8")
    told, codes = doctor("--quick", code=1)
    withheld = next((each for each in told["findings"] if each["code"] == "doctor.client_environment"), None)
    expect(withheld and "GH_TOKEN" in withheld["message"] and withheld["next"] == "callgate register codex", f"a short environment: {told['findings']}")
    codex.write_text(entry + 'env_vars = ["GH_TOKEN"]\n', encoding="utf-8")
    _, codes = doctor("--quick", code=0)
    expect("client_environment" not in codes, f"an entry that passes the variable on: {codes}")


def servers_in_short_environments():
    """A server is tested with the environment in which clients start it, not with this terminal's."""
    needs = {"command": "/bin/sh", "args": ["-c", f'[ "$HTTPS_PROXY" = from-here ] && exec {fake}; echo no proxy >&2; exit 3']}
    referring = server(env={"TOKEN": "${env:GH_TOKEN}"})
    env["HTTPS_PROXY"] = "from-here"

    def told_by(code, codex="", gemini=False, cursor=False):
        fresh()
        configure({"mcpServers": {"plain": server(), "needs": needs, "referring": referring}})
        entry = {"mcpServers": {"callgate": {"command": callgate}}}
        for path, wanted in ((".gemini/settings.json", gemini), (".cursor/mcp.json", cursor)):
            if wanted:
                (home / path).parent.mkdir()
                (home / path).write_text(json.dumps(entry), encoding="utf-8")
        if codex:
            (home / ".codex").mkdir()
            (home / ".codex/config.toml").write_text(f'[mcp_servers.callgate]\ncommand = "{callgate}"\n' + codex, encoding="utf-8")
        told, _ = doctor(code=code)
        failed = {"here": [], "there": []}
        for each in told["findings"]:
            place = {"doctor.server_failed": "here", "doctor.client_server_failed": "there"}.get(each["code"])
            if place:
                failed[place].append(each)
        return failed, {each["name"]: each["state"] for each in told["facts"]["servers"]}

    failed, states = told_by(0)
    expect(states == {"plain": "ready", "needs": "ready", "referring": "ready"}, f"without a client: {states}")
    failed, states = told_by(0, codex='env_vars = ["GH_TOKEN", "HTTPS_PROXY"]\n')
    expect(set(states.values()) == {"ready"} and not failed["there"], f"an entry that passes on all variables: {failed}")
    # With a single client, servers are started only in that client's environment.
    failed, states = told_by(1, codex="tool_timeout_sec = 60\n")
    expect(states["plain"] == "ready" and "ready" not in (states["needs"], states["referring"]), f"as Codex starts them: {states}")
    expect(len(failed["here"]) == 2 and not failed["there"], f"as Codex starts them: {failed}")
    expect(any("HTTPS_PROXY" in each["next"] and "Codex" in each["next"] for each in failed["here"]), f"the missing variable is named: {failed}")
    # With another client that passes on all variables, only servers that get fewer from the first one are started once more.
    failed, states = told_by(1, codex="tool_timeout_sec = 60\n", cursor=True)
    expect(set(states.values()) == {"ready"} and not failed["here"], f"as Cursor starts them: {failed}")
    expect([each["message"].split("'")[1] for each in failed["there"]] == ["needs", "referring"], f"as Codex starts them: {failed}")
    expect("no proxy" in failed["there"][0]["detail"] and "HTTPS_PROXY" in failed["there"][0]["next"], f"the reason of the failure with Codex: {failed}")
    # A client that withholds secrets.
    failed, _ = told_by(1, gemini=True, cursor=True)
    expect([each["message"].split("'")[1] for each in failed["there"]] == ["referring"], f"as Gemini starts them: {failed}")
    del env["HTTPS_PROXY"]


def output():
    fresh()
    configure({"mcpServers": {"a": {"command": "no-such-program-here"}}})
    done = run("doctor")
    expect(re.search(r"\n1 error, 0 warnings, \d notes?\nfirst: install the program", done.stdout), f"the end of a report:\n{done.stdout}")
    expect("\x1b" not in done.stdout and "\x1b[31m" in run("doctor", "--color", "always").stdout, "colour")
    done = run("doctor", "--quiet")
    expect("ok " not in done.stdout and "doctor.command_missing" in done.stdout, f"--quiet:\n{done.stdout}")
    done = run("doctor", "--codes")
    expect(done.returncode == 0 and "doctor.client_dropped" in done.stdout, "doctor --codes")
    expect(run("doctor", "--wait", "soon").returncode == 2, "--wait takes a duration")


try:
    nothing_yet()
    all_well()
    servers()
    definitions()
    rules()
    files()
    gates()
    clients()
    short_environments()
    servers_in_short_environments()
    output()
finally:
    shutil.rmtree(home)
finish()
