#!/usr/bin/env python3
"""An MCP server whose calls take some time, for retry_soak.py.

usage: slow_server.py FILE     (it appends the number of each call that it carries out)

The arguments of a call say how long it takes ("ms"), and what the server does if the client cancels it ("cancel"):
go: nothing. quiet: it carries out the call but does not answer, like servers with the TypeScript SDK. stop: it does not carry out the
call, and answers with an error, like servers with the Python SDK.
"""
import heapq
import itertools
import json
import sys
import threading
import time


class Server:
    def __init__(self, path):
        self.file = open(path, "a", buffering=1, encoding="utf-8")
        self.lock, self.changed = threading.Lock(), threading.Condition()
        self.due, self.order = [], itertools.count()
        self.cancelled = set()

    def write(self, message):
        with self.lock:
            print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)

    def end(self, id, params):
        arguments = params["arguments"]
        mode = arguments["cancel"] if id in self.cancelled else "go"
        if mode == "stop":
            return self.write({"id": id, "error": {"code": 0, "message": "Request cancelled"}})
        self.file.write(f"{params['name']} {arguments['n']}\n")
        if mode == "go":
            self.write({"id": id, "result": {"content": [{"type": "text", "text": f"{params['name']} {arguments['n']} is done"}]}})

    def work(self):
        while True:
            with self.changed:
                while not self.due or self.due[0][0] > time.monotonic():
                    self.changed.wait(self.due[0][0] - time.monotonic() if self.due else None)
                _, _, id, params = heapq.heappop(self.due)
            self.end(id, params)

    def take(self, message):
        method, id, params = message.get("method"), message.get("id"), message.get("params", {})
        if method == "initialize":
            self.write({"id": id, "result": {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}},
                                             "serverInfo": {"name": "slow", "version": "1"}}})
        elif method == "tools/list":
            self.write({"id": id, "result": {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in ("create_order", "get_order")]}})
        elif method == "ping":
            self.write({"id": id, "result": {}})
        elif method == "notifications/cancelled":
            self.cancelled.add(params["requestId"])
        elif method == "tools/call":
            with self.changed:
                heapq.heappush(self.due, (time.monotonic() + params["arguments"]["ms"] / 1000, next(self.order), id, params))
                self.changed.notify()


server = Server(sys.argv[1])
threading.Thread(target=server.work, daemon=True).start()
for line in sys.stdin:
    server.take(json.loads(line))
