#!/usr/bin/env python3
"""Uses an installed callgate as users do. Needs only Python.

usage: trial.py call CALLGATE        a client launches callgate and calls a tool; the record shows the call
       trial.py desktop CALLGATE     registers claude-desktop with six servers, uses them, reads the history, unregisters; the client's
                                     file must be the same to the byte
       trial.py leave CALLGATE       makes a call and leaves its record in the home folder
       trial.py kept CALLGATE        checks that this record still exists and can be read
       trial.py server NAME          a small MCP server on stdin and stdout

All except `leave` and `kept` use a temporary home folder. Prints `N passed, N failed`.
"""
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile

DEADLINE = 60  # seconds for one answer
passed, failed = 0, 0


def expect(good, text):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
    print(("passed: " if good else "FAILED: ") + text, flush=True)


# ---- a server: `note` keeps a text, `add` adds, `whoami` returns its name, arguments and token
def tool(name, about, properties):
    return {"name": name, "description": about, "inputSchema": {"type": "object", "properties": properties}}


def serve(name, arguments):
    tools = [tool("note", "Keep a text", {"text": {"type": "string"}}),
             tool("add", "Add two numbers", {"a": {"type": "number"}, "b": {"type": "number"}}),
             tool("whoami", "Tell this server's name", {})]
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        method, params = request.get("method"), request.get("params", {})
        answer = {"jsonrpc": "2.0", "id": request["id"]}
        if method == "initialize":
            answer["result"] = {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}},
                                "serverInfo": {"name": name, "version": "1.0"}}
        elif method == "tools/list":
            answer["result"] = {"tools": tools}
        elif method == "tools/call":
            given = params.get("arguments", {})
            text = {"note": lambda: f"kept: {given.get('text')}", "add": lambda: str(given.get("a", 0) + given.get("b", 0)),
                    "whoami": lambda: json.dumps({"name": name, "arguments": arguments, "token": os.environ.get("TRIAL_TOKEN")})}
            answer["result"] = {"content": [{"type": "text", "text": text[params["name"]]()}], "isError": False}
        elif method == "ping":
            answer["result"] = {}
        else:
            answer["error"] = {"code": -32601, "message": f"no method {method}"}
        print(json.dumps(answer), flush=True)


# ---- a client: launches the command of a configuration's entry
class Client:
    def __init__(self, entry, env):
        self.process = subprocess.Popen([entry["command"], *entry.get("args", [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={**env, **entry.get("env", {})}, cwd=env["HOME"])
        self.bytes, self.next = b"", 0

    def send(self, message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.process.stdin.flush()

    def line(self):
        while b"\n" not in self.bytes:
            if not select.select([self.process.stdout], [], [], DEADLINE)[0]:
                raise TimeoutError("no answer")
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part:
                raise EOFError("callgate closed its output")
            self.bytes += part
        line, self.bytes = self.bytes.split(b"\n", 1)
        return json.loads(line)

    def ask(self, method, **params):
        self.next += 1
        self.send({"id": self.next, "method": method, "params": params})
        while True:
            answer = self.line()
            if answer.get("id") == self.next and "method" not in answer:
                return answer

    def initialize(self):
        answer = self.ask("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "trial", "version": "1.0"})
        self.send({"method": "notifications/initialized"})
        return answer["result"]

    def tools(self):
        return [each["name"] for each in self.ask("tools/list")["result"]["tools"]]

    def call(self, name, **arguments):
        answer = self.ask("tools/call", name=name, arguments=arguments)
        return answer["result"]["content"][0]["text"] if "result" in answer else json.dumps(answer)

    def end(self):
        self.process.stdin.close()
        return self.process.wait(DEADLINE)


class Home:
    """A home folder in which callgate runs as the owner would run it."""

    def __init__(self, callgate, folder):
        self.callgate, self.folder = callgate, pathlib.Path(folder)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("CALLGATE", "XDG_"))}
        self.env["HOME"] = str(folder)

    def run(self, *words):
        done = subprocess.run([self.callgate, *words], capture_output=True, text=True, env=self.env, cwd=self.folder, timeout=DEADLINE,
                              stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            print(f"callgate {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def calls(self):
        done = self.run("history", "--json", "--limit", "0")
        return json.loads(done.stdout)["calls"] if done.returncode == 0 else []

    def write(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def server_entry(name, *arguments, **more):
    return {"command": sys.executable, "args": [os.path.abspath(__file__), "server", name, *arguments], **more}


def configured(home):
    return home.write(".config/callgate/config.json", json.dumps({"mcpServers": {"notes": server_entry("notes")}}))


def recorded_call(home):
    configured(home)
    client = Client({"command": home.callgate}, home.env)
    expect(client.initialize()["serverInfo"]["name"], "initialize is answered")
    expect("notes__note" in client.tools(), "the server's tools are listed")
    expect(client.call("notes__note", text="milk") == "kept: milk", "a call is answered by the server")
    expect(client.end() == 0, "callgate ends with its client")
    calls = home.calls()
    expect([(call["server"], call["tool"], call["outcome"]) for call in calls] == [("notes", "note", "ok")], "history shows the call")


def recorded(home):
    calls = home.calls()
    expect([call["tool"] for call in calls] == ["note"], "the record of the call is there")
    shown = home.run("history", "show", "@last", "--json")
    expect(shown.returncode == 0 and json.loads(shown.stdout)["args"] == {"text": "milk"}, "it holds the arguments")
    expect((home.folder / ".config/callgate/config.json").exists(), "the configuration is there")


# A file as people write it. The client allows no comments, but tabs, blanks, an unusual order and other settings.
DESKTOP = """{
  "globalShortcut": "Alt+Space",
\t"mcpServers" : {
    "filesystem": %(filesystem)s,
    "github": %(github)s,

    "memory": %(memory)s,
    "fetch": %(fetch)s,
    "time":   %(time)s ,
    "sqlite": %(sqlite)s
  },
  "preferences": {"menuBarEnabled":   true, "zoom": 1.0e0, "note": "caf\\u00e9 \u2013 ok"}
}
"""


def desktop(home):
    servers = {
        "filesystem": server_entry("filesystem", str(home.folder / "projects"), str(home.folder / "My Documents")),
        "github": server_entry("github", "stdio", env={"TRIAL_TOKEN": "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"}),
        "memory": server_entry("memory"), "fetch": server_entry("fetch", "--ignore-robots-txt"),
        "time": server_entry("time", "--local-timezone=Europe/Berlin"),
        "sqlite": server_entry("sqlite", "--db-path", str(home.folder / "test.db")),
    }
    path = home.write(".config/Claude/claude_desktop_config.json", DESKTOP % {name: json.dumps(entry, indent=2) for name, entry in servers.items()})
    path.chmod(0o640)
    before, mode = path.read_bytes(), path.stat().st_mode
    expect(home.run("register", "claude-desktop", "--yes").returncode == 0, "register claude-desktop")

    entries = json.loads(path.read_text(encoding="utf-8"))["mcpServers"]
    expect(list(entries) == ["callgate"], "callgate is the client's only server")
    client = Client(entries["callgate"], home.env)
    client.initialize()
    tools = client.tools()
    expect(len(tools) == 3 * len(servers), f"the tools of all six servers are listed ({len(tools)})")
    for name, entry in servers.items():
        told = json.loads(client.call(f"{name}__whoami"))
        expect(told == {"name": name, "arguments": entry["args"][3:], "token": entry.get("env", {}).get("TRIAL_TOKEN")},
               f"{name} is started with the same arguments and token as before")
    expect(client.call("time__add", a=2, b=3) == "5", "a call with arguments")
    expect(client.end() == 0, "callgate ends with its client")

    calls = home.calls()
    expect(sorted(call["server"] for call in calls) == sorted([*servers, "time"]), "history has the seven calls")
    expect(all(call["outcome"] == "ok" for call in calls), "all of them succeeded")
    listed = home.run("history", "list").stdout
    expect(all(re.search(rf"\b{name}\b", listed) for name in servers), "history names all six servers")
    kept = b"".join(each.read_bytes() for each in (home.folder / ".local/state/callgate").iterdir() if each.name.startswith("callgate.db"))
    expect(b"ghp_" not in kept, "the token that a server returned is not in the record")

    expect(home.run("unregister", "claude-desktop", "--yes").returncode == 0, "unregister")
    expect(path.read_bytes() == before, "the client's file is what it was, to the byte")
    expect(path.stat().st_mode == mode, "and has its permissions")


def main():
    what, argument = sys.argv[1:3]
    if what == "server":
        return serve(argument, sys.argv[3:])
    callgate = os.path.abspath(argument)
    version = subprocess.run([callgate, "--version"], capture_output=True, text=True, check=False)
    expect(version.returncode == 0, f"{callgate}: {(version.stdout + version.stderr).strip()}")
    if what == "leave":
        recorded_call(Home(callgate, os.path.expanduser("~")))
    elif what == "kept":
        recorded(Home(callgate, os.path.expanduser("~")))
    else:
        folder = tempfile.mkdtemp(prefix="callgate-trial-")
        {"call": recorded_call, "desktop": desktop}[what](Home(callgate, folder))
        shutil.rmtree(folder)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
