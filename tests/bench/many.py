#!/usr/bin/env python3
"""Measures many sessions with many real servers: how many processes run, and how much memory they take.

    tests/bench/many.py --callgate PROGRAM --packages FOLDER [--sessions 10] [--also NAME=COMMAND …]

Installs the servers from npm in FOLDER if they are not there. Each setup gets the same sessions, which work in one folder:

    direct       each session starts all servers itself, as a client without a gate does
    standalone   each session has a gate process of its own
    shared       all sessions use the shared gate
    NAME         each session launches COMMAND, which reads a configuration like a client's ({} is replaced by its path)

Memory is the sum over whole process trees: RSS, and PSS, which counts a page once that several processes share.
"""
import argparse
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 120
CLIENTS = ("claude-code", "cursor", "vscode", "codex")
SERVERS = {  # npm package: (version, program, arguments, environment)
    "everything": ("@modelcontextprotocol/server-everything", "2026.8.31", "mcp-server-everything", [], {}),
    "filesystem": ("@modelcontextprotocol/server-filesystem", "2026.8.31", "mcp-server-filesystem", ["."], {}),
    "memory": ("@modelcontextprotocol/server-memory", "2026.8.31", "mcp-server-memory", [], {}),
    "thinking": ("@modelcontextprotocol/server-sequential-thinking", "", "mcp-server-sequential-thinking", [], {}),
    "brave": ("@modelcontextprotocol/server-brave-search", "", "mcp-server-brave-search", [], {"BRAVE_API_KEY": "x"}),
    "github": ("@modelcontextprotocol/server-github", "", "mcp-server-github", [], {"GITHUB_PERSONAL_ACCESS_TOKEN": "x"}),
    "gitlab": ("@modelcontextprotocol/server-gitlab", "", "mcp-server-gitlab", [], {"GITLAB_PERSONAL_ACCESS_TOKEN": "x"}),
    "slack": ("@modelcontextprotocol/server-slack", "", "mcp-server-slack", [], {"SLACK_BOT_TOKEN": "x", "SLACK_TEAM_ID": "x"}),
    "postgres": ("@modelcontextprotocol/server-postgres", "", "mcp-server-postgres", ["postgresql://127.0.0.1/none"], {}),
    "puppeteer": ("@modelcontextprotocol/server-puppeteer", "", "mcp-server-puppeteer", [], {}),
    "context7": ("@upstash/context7-mcp", "", "context7-mcp", [], {}),
    "notion": ("@notionhq/notion-mcp-server", "", "notion-mcp-server", [], {"NOTION_TOKEN": "x"}),
}


def install(folder):
    missing = [package + (f"@{version}" if version else "") for package, version, *_ in SERVERS.values()
               if not (folder / "node_modules" / package).exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund",
                        "--loglevel=error", *missing], check=True)


class Peer:
    """A process that speaks MCP on stdin and stdout."""

    def __init__(self, command, client, folder, environment):
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        cwd=folder, env=environment, start_new_session=True)
        self.answers, self.last, self.changed = {}, 0, threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": client, "version": "1"}})
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def _read(self):
        for line in self.process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            with self.changed:
                if "id" in message and "method" not in message:
                    self.answers[message["id"]] = message
                self.changed.notify_all()

    def send(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, method, params):
        self.last += 1
        number = self.last
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        with self.changed:
            if not self.changed.wait_for(lambda: number in self.answers, PATIENCE):
                sys.exit(f"many.py: no answer to {method}")
            return self.answers.pop(number)

    def tools(self):
        return self.ask("tools/list", {})["result"]["tools"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)


def tree(roots):
    """Returns the pids of the processes and of all their descendants."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = pathlib.Path(f"/proc/{name}/stat").read_text().rpartition(") ")[2].split()
                parents[int(name)] = int(fields[1])
            except OSError:
                pass
    found = set(roots) & set(parents)
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


def memory(pids):
    """Returns (RSS, PSS) in MB."""
    sums = {"Rss:": 0, "Pss:": 0}
    for pid in pids:
        try:
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                words = line.split()
                if words and words[0] in sums:
                    sums[words[0]] += int(words[1])
        except OSError:
            pass
    return sums["Rss:"] / 1024, sums["Pss:"] / 1024


class Many:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        (folder / "work").mkdir()
        binaries = options.packages / "node_modules" / ".bin"
        self.servers = {name: {"command": str(binaries / program), "args": args, "env": env}
                        for name, (_, _, program, args, env) in SERVERS.items()}

    def environment(self, setup):
        return {**os.environ, "HOME": str(self.folder), "CALLGATE_STATE": str(self.folder / setup)}

    def config(self, setup):
        servers = {name: {**server, "share": "all"} for name, server in self.servers.items()}
        path = self.folder / f"{setup}.json"
        if path.exists():
            return path
        path.write_text(json.dumps({"gateway": {"shared": "require" if setup == "shared" else "off", "idle_exit": "2s"},
                                    "limits": {"first_list": "60s"}, "mcpServers": servers}))
        return path

    def session(self, setup, number):
        """Begins a session. Returns its peers."""
        client, work = CLIENTS[number % len(CLIENTS)], self.folder / "work"
        environment = self.environment(setup)
        if setup == "direct":
            return [Peer([server["command"], *server["args"]], client, work, {**environment, **server["env"]})
                    for server in self.servers.values()]
        if setup in self.options.also:
            plain = self.folder / "client.json"
            plain.write_text(json.dumps({"mcpServers": self.servers}))
            return [Peer([word.replace("{}", str(plain)) for word in self.options.also[setup]], client, work, environment)]
        return [Peer([self.options.callgate, "--config", str(self.config(setup))], client, work, environment)]

    def roots(self, setup, sessions):
        """The processes whose trees belong to the setup."""
        roots = [peer.process.pid for peers in sessions for peer in peers]
        if setup == "shared":
            done = subprocess.run([self.options.callgate, "--config", str(self.config(setup)), "status", "--json"],
                                  env=self.environment(setup), capture_output=True, check=False)
            roots += [gate["pid"] for gate in json.loads(done.stdout or '{"processes":[]}')["processes"]]
        return roots

    def measure(self, setup):
        sessions = []
        for number in range(self.options.sessions):
            sessions.append(self.session(setup, number))
            for peer in sessions[-1]:
                peer.tools()
        time.sleep(3)
        pids = tree(self.roots(setup, sessions))
        nodes = [pid for pid in pids if b"node" in os.readlink(f"/proc/{pid}/exe").encode()]
        rss, pss = memory(pids)
        began = time.monotonic()
        extra = self.session(setup, 0)
        tool = "echo" if setup == "direct" else next(t["name"] for t in extra[0].tools() if t["name"].endswith("echo"))
        answer = extra[0].ask("tools/call", {"name": tool, "arguments": {"message": "hello"}})
        first = (time.monotonic() - began) * 1000
        right = "hello" in json.dumps(answer)
        for peers in [*sessions, extra]:
            for peer in peers:
                peer.close()
        print(f"| {setup} | {len(pids)} | {len(nodes)} | {rss:.0f} | {pss:.0f} | {first:.0f}{'' if right else ' (wrong answer)'} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Measures many sessions with many real servers.")
    parser.add_argument("--callgate", required=True)
    parser.add_argument("--packages", type=pathlib.Path, required=True, help="the folder for the servers from npm")
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--also", action="append", default=[], metavar="NAME=COMMAND", help="another gate, for comparison")
    parser.add_argument("--only", action="append", help="a setup; may be repeated")
    options = parser.parse_args()
    options.callgate, options.packages = os.path.abspath(options.callgate), options.packages.resolve()
    options.also = {name: shlex.split(command) for name, _, command in (each.partition("=") for each in options.also)}
    install(options.packages)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="many-"))
    print(f"{options.sessions} sessions, {len(SERVERS)} servers\n")
    print("| setup | processes | servers | RSS MB | PSS MB | first call of one more session, ms |")
    print("|---|---|---|---|---|---|")
    for setup in options.only or ["direct", "standalone", "shared", *options.also]:
        Many(options, pathlib.Path(tempfile.mkdtemp(prefix="one-", dir=folder))).measure(setup)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
