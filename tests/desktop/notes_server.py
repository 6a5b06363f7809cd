#!/usr/bin/env python3
"""A server with two tools on standard input and output. It writes the name of each tool that runs to the file LOG.

usage: notes_server.py LOG [SECONDS [NAME]]    (SECONDS: how long it takes to start; NAME: its name in its instructions)
"""
import json
import sys
import time


def tool(name):
    return {"name": name, "description": f"The tool {name}", "inputSchema": {"type": "object", "properties": {}}}


def result_of(method, params):
    if method == "initialize":
        return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "notes", "version": "1"},
                "instructions": f"Of {NAME}: keep each note short."}
    if method == "tools/list":
        return {"tools": [tool("read_note"), tool("write_note")]}
    if method == "tools/call":
        with open(sys.argv[1], "a", encoding="utf-8") as log:
            log.write(params["name"] + "\n")
        return {"content": [{"type": "text", "text": f"{params['name']} has run"}]}
    return {} if method == "ping" else None


NAME = sys.argv[3] if len(sys.argv) > 3 else "notes"
time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 0)
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked or "method" not in asked:
        continue
    answer = {"jsonrpc": "2.0", "id": asked["id"]}
    result = result_of(asked["method"], asked.get("params") or {})
    if result is None:
        answer["error"] = {"code": -32601, "message": "no such method"}
    else:
        answer["result"] = result
    print(json.dumps(answer), flush=True)
