#!/usr/bin/env python3
"""Kills a gate under load with SIGKILL, again and again at random moments, while another gate uses the same record.

usage: kill_soak.py [--rounds N] [--seed N]     environment: CALLGATE and FAKE

The gate's three servers ignore the end of input and SIGTERM. Each has a grandchild in its own process session, and a
double-forked one. After each round, every call that a server saw must be in the record, and no process of the round may be
left. In every fourth round the wardens are killed with the gate; then the next start must find the processes that are left.
At the end, no call of a killed run may be unfinished, and the calls of the other gate must be untouched. Each tool is called
once in a round, so that (client, server, tool) identifies a call.
"""
import argparse
import json
import random
import sys
import threading
import time

import harness
import processes

SERVERS, TOOLS, IN_FLIGHT = ("a", "b", "c"), 2000, 300


def keys(calls):
    return {(call["client"]["name"], call["server"], call["tool"]) for call in calls}


def check(condition, message):
    if not condition:
        raise harness.Failure(message)


class Round:
    def __init__(self, context, number, chance):
        self.context, self.number, self.chance = context, number, chance
        self.name = f"round{number}"
        self.folder = context.dir / "tmp" / self.name
        self.folder.mkdir()

    def run(self):
        modes = ["ignores-eof", "ignores-sigterm", "grandchild-setsid", "grandchild-orphan", f"many={TOOLS}"]
        self.context.servers(**{server: [*modes, f"journal={self.folder}/journal"] for server in SERVERS})
        gate = self.context.gate(name=self.name, env={"TMPDIR": str(self.folder)})
        with_wardens = self.number % 4 == 3
        killer = threading.Timer(self.chance.uniform(0, 0.2), self.kill, (gate, with_wardens))
        # Some gates are killed while they start, most under load.
        if self.number % 5 == 4:
            killer.start()
        try:
            gate.hello(clientInfo={"name": self.name, "version": "1"})
            gate.tools()
            if self.number % 5 != 4:
                killer.start()
            self.load(gate)
        except harness.Failure:
            pass  # the gate has been killed
        killer.join()
        gate.wait(None)
        if with_wardens:
            other = self.context.gate(name=f"{self.name}-sweeper")
            other.close()
        left = processes.wait_gone(self.folder, harness.GONE_WITHIN)
        processes.kill_all(pid for pid, _ in left)
        check(not left, f"{len(left)} processes were left {harness.GONE_WITHIN} s after the end: {left[:3]}")
        seen = {(self.name, *line.split("\t")[:2]) for line in self.journal()}
        missing = seen - keys(self.context.history("--client", self.name))
        check(not missing, f"{len(missing)} of {len(seen)} calls that servers saw are not in the record: {sorted(missing)[:3]}")
        return len(seen)

    def kill(self, gate, with_wardens):
        if with_wardens:
            processes.kill_all([gate.process.pid, *processes.with_words(self.folder, "--callgate-warden")])
        gate.kill()

    def load(self, gate):
        """Keeps some hundred calls in flight until the gate is dead."""
        sent = 0
        for number in range(TOOLS):
            for server in SERVERS:
                gate.start("tools/call", {"name": f"{server}__many_{number}", "arguments": {"n": number}})
                sent += 1
            while sent - len(gate._all) > IN_FLIGHT and gate.process.poll() is None:
                time.sleep(0)
        gate.process.wait(harness.DEADLINE)

    def journal(self):
        path = self.folder / "journal"
        # The last line may be cut, because a server can be killed while it writes.
        return [line for line in path.read_text().split("\n")[:-1]] if path.exists() else []


def soak(context, options, report):
    chance = random.Random(options.seed)
    context.gateway["shared"] = "off"
    # Its own configuration, because that of the other gates changes in each round.
    own = context.dir / "steady.json"
    own.write_text(json.dumps({"gateway": context.gateway, "mcpServers": {"steady": context.server("steady", "tools=echo,hold,release")}}))
    steady = context.gate("--config", str(own), name="steady")
    steady.hello(clientInfo={"name": "steady", "version": "1"})
    held = steady.start("tools/call", {"name": "steady__hold", "arguments": {}})
    total = 0
    for number in range(options.rounds):
        def one(number=number):
            nonlocal total
            total += Round(context, number, chance).run()
            answer = steady.call("steady__echo", {"round": number})
            check("result" in answer, f"the living gate answers: {answer}")
        report(f"round {number}", one)

    def last():
        context.gate(name="last").close()
        calls = context.history()
        killed = [call for call in calls if call["client"]["name"].startswith("round")]
        pending = [call["id"] for call in killed if call["outcome"] == "pending"]
        check(not pending, f"{len(pending)} calls of killed runs are still pending: {pending[:5]}")
        ours = [call for call in calls if call["client"]["name"] == "steady"]
        check([call["outcome"] for call in ours if call["tool"] == "hold"] == ["pending"], "the living gate's held call")
        check({call["outcome"] for call in ours if call["tool"] != "hold"} <= {"ok"}, "the living gate's other calls")
        lost = sum(call["outcome"] == "lost" for call in killed)
        print(f"{total} calls were seen by servers, {len(killed)} recorded, {lost} of them lost", flush=True)
        check(lost > 0, "no call was lost, so nothing was killed under load")

    def released():
        steady.call("steady__release")
        check("result" in steady.reply(held), "the held call of the living gate ends")
        steady.close()
        check(all(call["outcome"] == "ok" for call in context.history("--client", "steady")), "all its calls are ok")

    report("the record afterwards", last)
    report("the living gate", released)


def main():
    parser = argparse.ArgumentParser(description="Kills gates under load.")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    if not sys.platform.startswith("linux"):
        print("0 passed, 0 failed, 1 skipped")
        return 0
    context = harness.soak_context()
    counts = {True: 0, False: 0}

    def report(name, action):
        try:
            action()
            counts[True] += 1
        except (harness.Failure, OSError) as failure:
            counts[False] += 1
            print(f"failed  {name} (seed {options.seed}): {failure}", flush=True)

    try:
        soak(context, options, report)
    finally:
        if context.clean_up():
            counts[False] += 1
        harness.remove_soak(context)
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main())
