#!/usr/bin/env python3
"""Uses import, register and unregister as a person or a script does, in a temporary home folder.

usage: check_desktop.py CALLGATE
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from counting import expect, finish

callgate = os.path.abspath(sys.argv[1])
home = pathlib.Path(tempfile.mkdtemp(prefix="callgate-desktop-")).resolve()
env = {name: value for name, value in os.environ.items() if not name.startswith(("CALLGATE_", "XDG_", "DBUS_", "CODEX_", "CLAUDE_"))}
# This folder has no session bus, so that nothing is written to a person's own keyring.
env.update(HOME=str(home), TERM="xterm", XDG_RUNTIME_DIR=str(home))
desktop = home / ("Library/Application Support/Claude" if sys.platform == "darwin" else ".config/Claude") / "claude_desktop_config.json"
ours = home / ".config/callgate/config.json"
state = home / ".local/state/callgate"

SIX = """{
  // a real one
  "mcpServers": {
    "filesystem": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me/a folder with a rather long name"] },
    "github": { "command": "docker", "args": ["run", "-i", "--rm", "-e", "GITHUB_TOKEN", "ghcr.io/github/github-mcp-server"],
                "env": { "GITHUB_TOKEN": "ghp_0123456789abcdefghijABCDEFGHIJ012345" } },
    "linear": { "url": "https://mcp.linear.app/mcp", "headers": { "Authorization": "Bearer sk-live-0123456789" } },
    "notes": { "command": "notes", "args": ["--api-key", "hunter2", "--db=/tmp/n.db"] },
    "memory": { "command": "uvx", "args": ["memory"], "disabled": true },
    "time": { "command": "uvx", "args": ["mcp-server-time"] }, // the last
  },
  "globalShortcut": "Ctrl+Space"
}
"""


def run(*words, cwd=None):
    done = subprocess.run([callgate, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=env, cwd=cwd or home, check=False)
    return done.returncode, done.stdout, done.stderr


def check(words, code, out=None, err=None):
    got, stdout, stderr = run(*words)
    name = "callgate " + " ".join(words)
    expect(code is None or got == code, f"{name}: exit {got}, not {code}\n{stdout}{stderr}")
    if out is not None:
        expect(re.search(out, stdout), f"{name}: stdout is not like {out!r}:\n{stdout}")
    if err is not None:
        expect(re.search(err, stderr), f"{name}: stderr is not like {err!r}:\n{stderr}")
    return stdout


def fresh(text=SIX):
    for path in home.iterdir():
        shutil.rmtree(path)
    desktop.parent.mkdir(parents=True)
    desktop.write_text(text, encoding="utf-8")


def usage():
    fresh()
    check(["register", "claude-dekstop"], 2, err="did you mean 'claude-desktop'")
    check(["register", "claude-desktop", "--scope", "world"], 2, err="--scope takes")
    check(["register", "claude-desktop", "--scope", "project"], 2, err="no configuration of the scope 'project'")
    check(["register", "claude-desktop", "--profile", "x"], 1, err="config.missing")
    check(["import", "cursor"], 3, err="Cursor has no configuration")
    check(["unregister"], 3, err="registered with no client")
    check(["unregister", "zed"], 3, err="not registered with zed")
    check(["unregister", "zde"], 2, err="did you mean 'zed'")


def plan():
    fresh()
    for words in (["register", "claude-desktop", "--dry-run"], ["register", "--dry-run"]):
        text = check(words, 0, out="npx -y @modelcontextprotocol/server-filesystem '/home/me/a folder with a rather long name'")
        expect("env GITHUB_TOKEN=\u2022\u2022\u2022\n" in text and "--api-key \u2022\u2022\u2022 --db=/tmp/n.db" in text, f"secrets are not shown as hidden:\n{text}")
        expect(not re.search("ghp_|hunter2|sk-live", text), f"a secret is shown:\n{text}")
        expect("GITHUB_TOKEN of github" in text and "an argument of notes" in text and "Authorization of linear" in text, f"secrets are not named:\n{text}")
        expect("linear (by URL)\n      https://mcp.linear.app/mcp\n      header Authorization: \u2022\u2022\u2022\n" in text, f"the URL is not named:\n{text}")
        expect("auth login linear" not in text, f"a sign-in is named, although the entry has a header for it:\n{text}")
    check(["register", "claude-desktop"], 2, err="nothing was changed; to make the change, type: callgate register claude-desktop --yes")
    expect(desktop.read_text(encoding="utf-8") == SIX and not ours.exists() and not state.exists(), "a plan has changed something")
    told = json.loads(check(["register", "claude-desktop", "--dry-run", "--json"], 0))
    expect(len(told["servers"]) == 6 and told["done"] is False and told["writes_client"], f"the plan in JSON: {told}")
    expect(not re.search("ghp_|hunter2|sk-live", json.dumps(told)), f"a secret is in the JSON: {told}")


def there_and_back():
    fresh()
    check(["register", "claude-desktop", "--yes", "--no-start"], 0, err="to undo this: callgate unregister claude-desktop")
    written = desktop.read_text(encoding="utf-8")
    expect("// a real one" in written and '"globalShortcut": "Ctrl+Space"' in written, f"register has removed too much:\n{written}")
    entry = json.loads(re.search(r'"mcpServers": (\{.*?\n  \})', written, re.S).group(1))
    expect(list(entry) == ["callgate"] and os.path.isabs(entry["callgate"]["command"]), f"our entry: {entry}")
    check(["policy", "check"], 0, out="6 servers")
    check(["register", "claude-desktop", "--yes", "--no-start"], 0, err="nothing to change")
    check(["unregister"], 2, out="exactly the contents", err="type: callgate unregister --yes")
    told = json.loads(check(["unregister", "--yes", "--json"], 0))
    expect(told["files"][0]["exact"] and told["done"], f"unregister in JSON: {told}")
    expect(desktop.read_text(encoding="utf-8") == SIX, "unregister does not restore the file")
    check(["unregister"], 3)
    check(["import", "claude-desktop", "--yes", "--no-start"], 0, out="time: is configured already", err="nothing to change")


def variables_go_on():
    """Variables of the client that servers probably read are named, and passed on if requested."""
    fresh('{"mcpServers": {"kube": {"command": "kubectl-mcp"}, "other": {"command": "x"}}}')
    env["KUBECONFIG"] = "/k"
    try:
        check(["register", "claude-desktop", "--dry-run"], 0, out=r"env KUBECONFIG \(set in this terminal, but not passed on to the server\)[^~]*callgate register claude-desktop --env-pass passes these variables on")
        check(["register", "claude-desktop", "--env-pass"], 2, err="type: callgate register claude-desktop --env-pass --yes")
        told = json.loads(check(["register", "claude-desktop", "--env-pass", "--yes", "--no-start", "--json"], 0))
        expect([each["env_pass"] for each in told["servers"]] == [["KUBECONFIG"], []], f"variables that are passed on: {told['servers']}")
        expect(json.loads(ours.read_text(encoding="utf-8"))["mcpServers"]["kube"]["env_pass"] == ["KUBECONFIG"], ours.read_text(encoding="utf-8"))
    finally:
        del env["KUBECONFIG"]


def remote():
    """Servers with a URL are reached at it; the plan names the command for the sign-in, and secrets move."""
    fresh('{"mcpServers": {"open": {"url": "https://h.example/mcp"}, "old": {"command": "npx", "args": ["-y", "mcp-remote", "https://b.example/sse", "--header", "X-Api-Key:${K}"], "env": {"K": "sk-live-0123456789"}}}}')
    text = check(["register", "claude-desktop", "--dry-run"], 0, out="open \\(by URL\\)\n      https://h.example/mcp\n      if the server wants a sign-in: callgate auth login open\n")
    expect("old (by URL)\n      https://b.example/sse\n" in text and "sk-live" not in text, f"the bridge's URL is not named:\n{text}")
    told = json.loads(check(["register", "claude-desktop", "--secrets", "--yes", "--no-start", "--json"], 0))
    expect([each["sign_in"] for each in told["servers"]] == ["callgate auth login open", "callgate auth login old"], f"the commands for the sign-in: {told}")
    expect(json.loads(ours.read_text(encoding="utf-8"))["mcpServers"] == {"open": {"url": "https://h.example/mcp"}, "old": {"url": "https://b.example/sse", "headers": {"X-Api-Key": "${secret:old.X-Api-Key}"}}}, ours.read_text(encoding="utf-8"))
    ours.write_text('{"mcpServers": {"old": {"command": "npx", "args": ["-y", "mcp-remote@0.1.2", "https://b.example/sse"]}}}', encoding="utf-8")
    check(["doctor", "--quick"], None, out='callgate can reach this server itself(.|\n)*write "url": "https://b.example/sse"')


def a_clients_start():
    """The command in the client's file really starts callgate."""
    fresh('{"mcpServers": {}}')
    check(["register", "claude-desktop", "--yes", "--no-start"], 0)
    entry = json.loads(desktop.read_text(encoding="utf-8"))["mcpServers"]["callgate"]
    ours.parent.mkdir(parents=True, exist_ok=True)
    ours.write_text('{"mcpServers": {}}', encoding="utf-8")
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}}
    done = subprocess.run([entry["command"], *entry["args"]], input=json.dumps(hello) + "\n", capture_output=True, text=True, timeout=60, env=env, check=False)
    expect('"serverInfo"' in done.stdout, f"output of the client's command: {done.stdout}{done.stderr}")


def broken():
    fresh('{\n  "mcpServers": {\n    "a": }\n}')
    check(["register", "claude-desktop", "--yes", "--no-start"], 1, err=r"claude_desktop_config.json:3:10: .*\(desktop.not_valid\)")
    expect(desktop.read_text(encoding="utf-8") == '{\n  "mcpServers": {\n    "a": }\n}', "a broken file was touched")


def two_at_once():
    fresh()
    results = []
    threads = [threading.Thread(target=lambda: results.append(run("register", "claude-desktop", "--yes", "--no-start"))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    expect(any(code == 0 for code, _, _ in results), f"none of four simultaneous commands has registered: {results}")
    for code, out, err in results:
        expect(code == 0 or "desktop.busy" in err or "desktop.changed" in err, f"one of four simultaneous commands: {code} {out}{err}")
    check(["unregister", "--yes"], 0)
    expect(desktop.read_text(encoding="utf-8") == SIX, "unregister does not restore the file after four simultaneous commands")


def several():
    fresh()
    (home / ".cursor").mkdir()
    (home / ".cursor/mcp.json").write_text('{"mcpServers": {"x": {"command": "y", "env": {"K": "${env:K}"}}}}', encoding="utf-8")
    check(["register"], 2, out=r"cursor +.*\.cursor/mcp\.json", err="name one")
    check(["register", "cursor", "--yes", "--no-start"], 0)
    check(["register", "claude-desktop", "--yes", "--no-start"], 0)
    check(["policy", "check"], 0, out="7 servers")
    check(["unregister", "cursor", "--yes"], 0)
    check(["unregister", "--yes"], 0)
    expect(desktop.read_text(encoding="utf-8") == SIX, "unregister does not restore the files of two clients")


try:
    usage()
    plan()
    there_and_back()
    variables_go_on()
    remote()
    a_clients_start()
    broken()
    two_at_once()
    several()
finally:
    shutil.rmtree(home)
finish()
