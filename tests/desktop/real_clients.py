#!/usr/bin/env python3
"""Tests real client applications, each with a tool that its own settings ban: the ban holds without callgate and after `register`, and
`unregister` restores every file. A scripted model on the loopback interface calls one tool that is banned and one that is not. In the first
session after `register`, with servers that start slowly, the model is offered every tool and gets the servers' instructions.

usage: real_clients.py CALLGATE NODE_MODULES [CLIENT…]    (real_clients.sh installs the clients and calls this)
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from counting import expect, finish
from scripted_model import ScriptedModel

callgate = str(pathlib.Path(sys.argv[1]).resolve())
modules = pathlib.Path(sys.argv[2]).resolve()
server = str(pathlib.Path(__file__).resolve().parent / "notes_server.py")
ALLOWED, BANNED = "read_note", "write_note"


def as_json(value):
    return json.dumps(value, indent=2) + "\n"


SLOW = {f"slow{i}": 6 for i in range(3)}  # the seconds of a start are more than clients wait for a first list


def entry(log, name="notes"):
    return {"command": sys.executable, "args": [server, str(log), str(SLOW.get(name, 0)), name]}


def claude_code(log, banned, model, names=("notes",)):
    servers = {name: {"type": "stdio", **entry(log, name)} for name in names}
    settings = {"permissions": {"deny": [f"mcp__notes__{BANNED}"]}} if banned else {}
    return {
        "files": {".claude.json": as_json({"mcpServers": servers, "hasCompletedOnboarding": True}),
                  ".claude/settings.json": as_json(settings)},
        "command": [modules / "@anthropic-ai/claude-code-linux-x64/claude", "-p", "go", "--allowedTools", "mcp__notes mcp__callgate"],
        "env": {"ANTHROPIC_BASE_URL": model.url, "ANTHROPIC_API_KEY": "none", "DISABLE_TELEMETRY": "1", "DISABLE_AUTOUPDATER": "1",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}}


def opencode(log, banned, model):
    # Without "$schema" the client adds it to its file.
    config = {"$schema": "https://opencode.ai/config.json", "model": "scripted/m", "provider": {"scripted": {
        "npm": "@ai-sdk/openai-compatible", "options": {"baseURL": f"{model.url}/v1", "apiKey": "none"}, "models": {"m": {"tool_call": True}}}},
        "mcp": {"notes": {"type": "local", "command": [sys.executable, server, str(log)]}}, "autoupdate": False, "share": "disabled"}
    if banned:
        config["permission"] = {f"notes_{BANNED}": "deny"}
    return {"files": {".config/opencode/opencode.json": as_json(config)},
            "command": [modules / "opencode-linux-x64/bin/opencode", "run", "go"],
            "env": {"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1"}}


def gemini(log, banned, model):
    settings = {"mcpServers": {"notes": entry(log)}, "mcp": {"allowed": ["notes"]},
                "security": {"auth": {"selectedType": "gemini-api-key"}}, "telemetry": {"enabled": False},
                "privacy": {"usageStatisticsEnabled": False}, "general": {"enableAutoUpdate": False}}
    if banned:
        settings["tools"] = {"exclude": [f"mcp_notes_{BANNED}"]}
    return {"files": {".gemini/settings.json": as_json(settings)},
            "command": ["node", modules / ".bin/gemini", "-p", "go", "--approval-mode", "yolo", "-m", "gemini-2.5-pro"],
            "env": {"GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": model.url, "GEMINI_CLI_TRUST_WORKSPACE": "true",
                    "GEMINI_TELEMETRY_ENABLED": "false"}}


def codex(log, banned, model, names=("notes",)):
    lines = ['model = "m"', 'model_provider = "scripted"', 'approval_policy = "never"', "", "[model_providers.scripted]", 'name = "scripted"',
             f'base_url = "{model.url}/v1"', 'wire_api = "responses"', "request_max_retries = 0"]
    for name in names:
        made = entry(log, name)
        lines += ["", f"[mcp_servers.{name}]", f"command = {json.dumps(made['command'])}", f"args = {json.dumps(made['args'])}"]
    if banned:
        lines.append(f'disabled_tools = ["{BANNED}"]')
    return {"files": {".codex/config.toml": "\n".join(lines) + "\n"},
            "command": [modules / ".bin/codex", "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "go"],
            "env": {}}


# Clients that pass the servers' instructions to the model.
TELL_INSTRUCTIONS = {"claude-code": claude_code, "codex": codex}
CLIENTS = {"claude-code": claude_code, "codex": codex, "gemini": gemini, "opencode": opencode}


class Home:
    """A temporary home folder with the client's files in it."""

    def __init__(self, client, banned, model, **more):
        self.folder = tempfile.TemporaryDirectory(prefix="callgate-real-", ignore_cleanup_errors=True)
        self.path = pathlib.Path(self.folder.name).resolve()
        self.log = self.path / "calls.log"
        self.client, self.model = client, model
        self.made = CLIENTS[client](self.log, banned, model, **more)
        (self.path / "work").mkdir()
        self.write_files()

    def write_files(self):
        for name, text in self.made["files"].items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_text(text, encoding="utf-8")

    def files(self):
        return {name: (self.path / name).read_bytes() for name in self.made["files"]}

    def run(self, command, extra=None, limit=120):
        env = {"HOME": str(self.path), "PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C.UTF-8", "NO_COLOR": "1", **(extra or {})}
        return subprocess.run([str(word) for word in command], cwd=self.path / "work", env=env, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit, check=False)

    def calls(self, prefix):
        """Runs the client. Returns which of the two tools ran, and which the model was offered."""
        self.log.write_text("", encoding="utf-8")
        self.model.start([(prefix, ALLOWED), (prefix, BANNED)])
        done = self.run(self.made["command"], self.made["env"])
        ran = self.log.read_text(encoding="utf-8").split()
        offered = [tool for tool in (ALLOWED, BANNED) if any(name.endswith(tool) for name in self.model.offered)]
        if os.environ.get("VERBOSE") or ALLOWED not in ran:
            print(f"--- {self.client}: status {done.returncode}\n{done.stdout[-3000:]}\noffered {sorted(self.model.offered)}\n"
                  f"answers {self.model.results}")
        return ran, offered


def first_session(client, model):
    """Checks the first session after register, with one fast server and three slow ones."""
    names = ("notes", *SLOW)
    home = Home(client, False, model, names=names)
    done = home.run([callgate, "register", client, "--yes"])
    expect(done.returncode == 0, f"{client}: register: {done.stdout}")
    home.calls("callgate")
    missing = [f"{name}__{tool}" for name in names for tool in (ALLOWED, BANNED)
               if not any(offered.endswith(f"{name}__{tool}") for offered in model.offered)]
    expect(not missing, f"{client}: its first session has every tool; missing: {missing}")
    silent = [name for name in names if not any(f"Of {name}: keep each note short." in heard for heard in model.heard)]
    expect(not silent, f"{client}: its first session has every server's instructions; missing: {silent}")


def main():
    model = ScriptedModel()
    for client in sys.argv[3:] or CLIENTS:
        home = Home(client, False, model)
        ran, _ = home.calls("notes")
        expect(ran == [ALLOWED, BANNED], f"{client}: without a ban both tools run: {ran}")
        home = Home(client, True, model)
        ran, offered = home.calls("notes")
        expect(ran == [ALLOWED], f"{client}: without callgate its ban holds: {ran}")
        home.write_files()  # because the client may have written to its own file
        before = home.files()
        done = home.run([callgate, "register", client, "--yes"])
        expect(done.returncode == 0, f"{client}: register: {done.stdout}")
        ran, behind = home.calls("callgate")
        expect(ran == [ALLOWED], f"{client}: with callgate its ban holds: {ran}")
        print(f"{client}: the model was offered {offered} without callgate, {behind} with it; banned call: {home.model.results[-1:]}")
        done = home.run([callgate, "unregister", client, "--yes"])
        expect(done.returncode == 0, f"{client}: unregister: {done.stdout}")
        after = home.files()
        # Claude Code counts its starts in the file of its servers.
        for name, was in before.items():
            counted = client == "claude-code" and name == ".claude.json"
            same = json.loads(after[name]).get("mcpServers") == json.loads(was)["mcpServers"] if counted else after[name] == was
            expect(same, f"{client}: {name} is restored: {after[name]!r}")
        home.write_files()
        home.run([callgate, "register", client, "--yes"])
        home.run([callgate, "unregister", client, "--yes"])
        expect(home.files() == before, f"{client}: register and unregister leave every byte")
        servers = json.loads((home.path / ".config/callgate/config.json").read_text(encoding="utf-8"))
        expect(list(servers["mcpServers"]) == ["notes"], f"{client}: one server was imported: {servers}")
        if client in TELL_INSTRUCTIONS:
            first_session(client, model)
    finish()


main()
