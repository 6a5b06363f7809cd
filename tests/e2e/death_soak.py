#!/usr/bin/env python3
"""Kills the shared gate, fronts and children at random moments while ten clients make calls, and checks what the clients got.

usage: death_soak.py [--kills N] [--clients N] [--seed N]     environment: CALLGATE and FAKE

Each call has its own number in its arguments, and the servers write the numbers of the calls that they get into a file. Afterwards:
- no server got a number twice;
- each request of a client whose front lives has exactly one answer: its own arguments (then a server got the call), a text that says
  that the outcome is unknown, that the server has ended, or that nothing was changed (then no server got it);
- a client ends without its answers only if its front was killed, or its front says that no other gate can go on (the gate died while it wrote);
- each call that a server got is in the record;
- no process is left.
"""
import argparse
import collections
import itertools
import json
import os
import random
import signal
import sys
import threading
import time

import harness
import processes

SERVERS, IN_FLIGHT = ("a", "b", "c"), 4
ENDED_BY_WRITE = "no other gate can go on"


def check(condition, message):
    if not condition:
        raise harness.Failure(message)


LIST_CHANGED = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}


class Client:
    """One client after another, each with its own front. Makes calls all the time."""

    def __init__(self, soak, number):
        self.soak, self.number, self.rounds = soak, number, itertools.count(1)
        self.killed = False  # the front
        self.slowest, self.seen = 0.0, 0.0  # how long the client got no answers after the death of a gate
        self.thread = threading.Thread(target=self.work)
        self.gate = None

    def work(self):
        try:
            while not self.soak.over:
                self.one_client()
        except harness.Failure as failure:
            self.soak.failures.append(f"client {self.number}: {failure}")

    def one_client(self):
        self.killed = False
        gate = self.gate = self.soak.context.gate(name=f"c{self.number}-{next(self.rounds)}", apart=True)
        sent = {}  # by id: (number of the call, when)
        try:
            gate.hello()
            # If a gate dies before it has stored the lists, the next one cannot know which lists the client has.
            gate.allowed.append(LIST_CHANGED)
            while not self.soak.over:
                while len(sent) < IN_FLIGHT:
                    number = next(self.soak.numbers)
                    server = SERVERS[number % len(SERVERS)]
                    sent[gate.start("tools/call", {"name": f"{server}__echo", "arguments": {"n": number}})] = number, time.monotonic()
                self.take(gate, sent)
            while sent:
                self.take(gate, sent)
            gate.close()
        except harness.Failure as failure:
            by_write = ENDED_BY_WRITE in gate.stderr
            if not self.killed and not by_write:
                raise
            check("timed out" not in str(failure), f"a client whose front ended waits: {failure}")
            self.soak.ended[by_write] += 1
            gate.wait(None)
        finally:
            gate.process.stdin.close()

    def take(self, gate, sent):
        got = {}

        def accept(line):
            message = json.loads(line)
            if message == LIST_CHANGED:
                return False
            got.update(message)
            return "id" in got or None
        gate.take(accept, "an answer")
        check(got["id"] in sent, f"an answer to no open request: {got}")
        number, when = sent.pop(got["id"])
        if self.seen < self.soak.gate_died < when:
            self.seen = when
            self.slowest = max(self.slowest, time.monotonic() - self.soak.gate_died)
        self.soak.answered(number, got)


class Soak:
    def __init__(self, context, options):
        self.context, self.options, self.chance = context, options, random.Random(options.seed)
        self.numbers, self.over = itertools.count(1), False
        self.failures, self.ended = [], collections.Counter()
        self.gate_died = 0.0  # when
        self.told = {}  # what the client was told, by the number of the call
        self.clients = [Client(self, number) for number in range(options.clients)]

    def answered(self, number, answer):
        text = answer["result"]["content"][0]["text"] if "result" in answer else answer["error"]["message"]
        for word, kind in ((f'"n":{number}', "done"), (f'"n": {number}', "done"), ("is unknown whether", "unknown"), ("nothing was changed", "nothing"),
                           ("has ended", "ended"), ("server", "server"), ("shutting down", "server")):
            if word in text:
                self.told[number] = kind
                return
        raise harness.Failure(f"the answer to call {number} is something else: {answer}")

    def kill_one(self):
        victim = self.chance.choices(("gate", "front", "child"), (6, 1, 3))[0]
        words = {"gate": "shared-gate", "child": self.context.fake_path}
        if victim == "front":
            client = self.chance.choice(self.clients)
            fronts = processes.children(client.gate.process.pid) if client.gate else []
            client.killed = bool(fronts)
            found = fronts[:1]
        else:
            found = processes.with_words(self.context.dir, words[victim])
        if not found:
            return False
        try:
            os.kill(self.chance.choice(found), signal.SIGKILL)
        except ProcessLookupError:
            return False
        if victim == "gate":
            self.gate_died = time.monotonic()
        return True

    def run(self):
        self.context.write_config({
            "gateway": {"shared": "auto", "idle_exit": "1s"}, "limits": {"in_flight": 1000},
            "mcpServers": {name: {**self.context.server(name, "tools=echo", f"journal={self.context.dir}/journal"), "share": "all"}
                           for name in SERVERS}})
        for client in self.clients:
            client.thread.start()
        kills = 0
        while kills < self.options.kills and not self.failures:
            time.sleep(self.chance.uniform(0.02, 0.6))
            kills += self.kill_one()
        self.over = True
        for client in self.clients:
            client.thread.join()
        check(not self.failures, "; ".join(self.failures)[:3000])
        return kills

    def check_record(self):
        got = collections.Counter()
        for line in self.context.lines("journal"):
            found = json.loads(line.split("\t")[2]) if line.count("\t") >= 2 else {}
            if "n" in found:
                got[found["n"]] += 1
        twice = [number for number, times in got.items() if times > 1]
        check(not twice, f"{len(twice)} calls were made twice: {twice[:5]}")
        untrue = [n for n, kind in self.told.items() if (kind == "done" and n not in got) or (kind == "nothing" and n in got)]
        check(not untrue, f"{len(untrue)} answers were untrue: {[(n, self.told[n]) for n in untrue[:5]]}")
        rows = self.context.run("history", "sql", "--jsonl", "--limit", "100000000", "select json_extract(args, '$.n') as n from calls")
        recorded = {int(json.loads(row)["n"]) for row in rows.splitlines()}
        missing = set(got) - recorded
        check(not missing, f"{len(missing)} calls of servers are not in the record: {sorted(missing)[:5]}")
        return len(got)

    def check_rest(self):
        self.context.wait(lambda: not processes.with_words(self.context.dir, "shared-gate"), "the shared gate ends by itself")
        left = processes.wait_gone(self.context.dir, harness.GONE_WITHIN)
        check(not left, f"{len(left)} processes are left: {left[:3]}")


def main():
    parser = argparse.ArgumentParser(description="Kills the shared gate, fronts and children.")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    if not sys.platform.startswith("linux"):
        print("0 passed, 0 failed, 1 skipped")
        return 0
    context = harness.soak_context()
    soak = Soak(context, options)
    steps = (("clients", soak.run), ("record", soak.check_record), ("processes", soak.check_rest))
    passed, failed = harness.run_steps(steps, options.seed)
    told = collections.Counter(soak.told.values())
    print(f"{len(soak.told)} answers: {dict(told)}; clients that ended: {soak.ended[False]} with their front, {soak.ended[True]} because the "
          f"gate died while it wrote; longest time from the death of a gate to the first answer {max(client.slowest for client in soak.clients):.2f} s", flush=True)
    return harness.end_soak(context, passed, failed)


if __name__ == "__main__":
    sys.exit(main())
