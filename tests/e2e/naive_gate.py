#!/usr/bin/env python3
"""A naive gate for `run.py --control`. It prefixes names and splits them again, like gates that were published, and passes
everything else through unchanged: ids, tokens, questions, cancellations. It has no record and no policy. A case that it passes
does not test what its name says, unless even a naive gate handles the subject correctly."""
import json
import os
import subprocess
import sys
import threading

lock = threading.Lock()
lists = {}


def emit(line):
    with lock:
        sys.stdout.buffer.write(line.rstrip(b"\n") + b"\n")
        sys.stdout.buffer.flush()


def from_child(name, child, count):
    for line in child.stdout:
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if not isinstance(message, dict):
            continue
        if message.get("id") == "naive":
            continue
        tools = (message.get("result") or {}).get("tools") if isinstance(message.get("result"), dict) else None
        if tools is None:
            emit(line)
            continue
        found = lists.setdefault(message["id"], [])
        found.append([{**tool, "name": f"{name}__{tool['name']}"} for tool in tools])
        if len(found) == count:
            emit(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"tools": sum(found, [])}}).encode())


def main():
    if sys.argv[1:2] == ["history"]:
        print('{"calls":[]}')
        return 0
    with open(os.environ["CALLGATE_CONFIG"], encoding="utf-8") as file:
        servers = json.load(file)["mcpServers"]
    children = {}
    for name, server in servers.items():
        child = subprocess.Popen([server["command"], *server.get("args", [])], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
        children[name] = child
    for name, child in children.items():
        threading.Thread(target=from_child, args=(name, child, len(children)), daemon=True).start()
    for line in sys.stdin.buffer:
        message = json.loads(line)
        targets = list(children.values()) if message.get("method") in ("tools/list", None) else [*children.values()][:1]
        if message.get("method") == "tools/call":
            name, _, tool = message["params"]["name"].partition("__")
            if name in children:
                message["params"]["name"] = tool
                targets, line = [children[name]], json.dumps(message).encode() + b"\n"
        elif message.get("method") == "initialize":
            for child in list(children.values())[1:]:
                child.stdin.write(json.dumps({**message, "id": "naive"}).encode() + b"\n")
                child.stdin.flush()
        for child in targets:
            child.stdin.write(line)
            child.stdin.flush()
    for child in children.values():
        child.stdin.close()
        child.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
