#!/usr/bin/env python3
"""Makes calls that may write, with clients that stop waiting at random moments and then make the same call again.

usage: retry_soak.py [--calls N] [--clients N] [--seed N]     environment: CALLGATE and FAKE

A client repeats its call until it has an answer. If it is told that the outcome is unknown, it looks into the server's file, as an agent
would use a tool that reads, and makes the call again if it was not carried out. Clients give up in one of these ways:
- timeout: they cancel the call, and the reason is a time-out;
- stop: they cancel it without a reason, as if a person had stopped the call;
- silent: they tell nobody;
- gone: they end, and come back under the same name.
Afterwards:
- the server has carried out each call once. A call of a client that was silent or gone may run twice if its answer was on the way at that
  moment, because nobody can know then that the client did not take the answer; such calls are counted;
- each call that only reads was carried out as often as it was made;
- each answer belongs to its call.
"""
import argparse
import collections
import itertools
import json
import random
import sys
import threading
import time

import harness
import processes

WAYS = ("timeout", "stop", "silent", "gone")
TIMEOUT = "McpError: MCP error -32001: Request timed out"


def check(condition, message):
    if not condition:
        raise harness.Failure(message)


class Client:
    def __init__(self, soak, number, seed):
        self.soak, self.number, self.chance = soak, number, random.Random(seed)
        self.rounds, self.gate = itertools.count(1), None
        self.thread = threading.Thread(target=self.work)

    def work(self):
        try:
            self.begin()
            for number in self.soak.numbers:
                if number > self.soak.options.calls or self.soak.failures:
                    break
                self.carry_out(number)
            self.gate.process.stdin.close()
            self.gate.wait(None)
        except harness.Failure as failure:
            self.soak.failures.append(f"client {self.number}: {failure}")

    def begin(self):
        self.gate = self.soak.context.gate(name=f"c{self.number}-{next(self.rounds)}")
        self.gate.hello(clientInfo={"name": f"client{self.number}", "version": "1"})

    def carry_out(self, number):
        """Makes one call, as often as needed."""
        way = self.chance.choice(WAYS)
        reads = self.chance.random() < 0.1
        tool = "get_order" if reads else "create_order"
        # A client that gives up silently is only recognised after half a second.
        least = 0.6 if way == "silent" else 0.02
        takes = self.chance.uniform(0, 3 * least)
        arguments = {"n": number, "ms": round(takes * 1000), "cancel": self.chance.choice(("go", "quiet", "stop"))}
        crossed = False
        for attempt in range(100):
            self.soak.count("made", reads)
            if reads:
                self.soak.reads[number] += 1
            id = self.gate.start("tools/call", {"name": f"slow__{tool}", "arguments": arguments})
            answer = self.wait(id, 60 if attempt > 20 else self.chance.uniform(least, 2 * least))
            if answer is None:
                crossed = self.give_up(id, way) or crossed
                continue
            text = answer["result"]["content"][0]["text"] if "result" in answer else answer["error"]["message"]
            if "unknown" in text:
                self.soak.count("unknown", reads)
                check(not reads, f"a call that reads was not made: {text}")
                if number in self.soak.carried_out():
                    break
                continue
            if "Request cancelled" in text:  # the server had stopped the earlier call, so this one starts anew
                continue
            check(text == f"{tool} {number} is done", f"the answer to call {number} is something else: {answer}")
            self.soak.count("repeated" if "callgate/earlier_call" in str(answer) else "answered", reads)
            break
        else:
            raise harness.Failure(f"call {number} got no answer")
        if way in ("silent", "gone"):
            self.soak.crossed[number] = crossed

    def wait(self, id, limit):
        try:
            return self.gate.reply(id, limit)
        except harness.Failure as failure:
            if "timed out" not in str(failure):
                raise
            return None

    def give_up(self, id, way):
        self.soak.count(way, False)
        if way in ("timeout", "stop"):
            self.gate.notify("notifications/cancelled", {"requestId": id, **({"reason": TIMEOUT} if way == "timeout" else {})})
        elif way == "gone":
            self.gate.kill()
            self.gate.process.wait()
            self.gate.process.stdin.close()
            self.gate.wait(None)
            crossed = any(json.loads(line).get("id") == id for line in self.gate.arrived)
            self.begin()
            return crossed
        return way == "silent"


class Soak:
    def __init__(self, context, options):
        self.context, self.options = context, options
        self.numbers, self.failures, self.counts = itertools.count(1), [], collections.Counter()
        self.reads, self.crossed = collections.Counter(), {}
        self.lock = threading.Lock()
        seeds = random.Random(options.seed)
        self.clients = [Client(self, number, seeds.random()) for number in range(options.clients)]

    def count(self, what, reads):
        with self.lock:
            self.counts[what] += 1
            self.counts[f"{what} (read)"] += reads

    def carried_out(self, tool="create_order"):
        lines = [line.split() for line in self.context.lines("done")]
        return collections.Counter(int(line[1]) for line in lines if line[0] == tool)

    def run(self):
        server = {"command": sys.executable, "args": [str(harness.HERE / "slow_server.py"), f"{self.context.dir}/done"], "share": "all"}
        self.context.write_config({"gateway": {"shared": "auto", "idle_exit": "1s"}, "limits": {"in_flight": 1000}, "mcpServers": {"slow": server}})
        for client in self.clients:
            client.thread.start()
        for client in self.clients:
            client.thread.join()
        check(not self.failures, "; ".join(self.failures)[:3000])

    def check_server(self):
        # A call that its client has not waited for may still run.
        time.sleep(4)
        done, reads = self.carried_out(), self.carried_out("get_order")
        wanted = set(range(1, self.options.calls + 1)) - set(self.reads)
        check(set(done) == wanted, f"calls that were not carried out: {sorted(wanted ^ set(done))[:5]}")
        twice = {number for number, times in done.items() if times > 1}
        self.excused = {number for number in twice if self.crossed.get(number)}
        check(not twice - self.excused, f"{len(twice - self.excused)} calls were carried out twice: {sorted(twice - self.excused)[:5]}")
        check(len(self.excused) <= max(2, len(self.crossed) // 20), f"{len(self.excused)} calls were carried out twice because messages crossed")
        self.executed, self.distinct = sum(done.values()), len(wanted)
        more = [number for number, times in reads.items() if times > self.reads[number]]
        check(not more, f"calls that read were carried out more often than they were made: {more[:5]}")

    def check_record(self):
        rows = self.context.run("history", "sql", "--jsonl", "--limit", "100000000",
                                "select count(*) as n, sum(outcome = 'repeated') as repeated, sum(late_outcome is not null) as late from calls")
        self.row = json.loads(rows.splitlines()[0])
        check(int(self.row["n"]) == self.counts["made"], f"{self.row['n']} rows of {self.counts['made']} calls")

    def check_rest(self):
        self.context.wait(lambda: not processes.with_words(self.context.dir, "shared-gate"), "the shared gate ends by itself")
        left = processes.wait_gone(self.context.dir, harness.GONE_WITHIN)
        check(not left, f"{len(left)} processes are left: {left[:3]}")


def main():
    parser = argparse.ArgumentParser(description="Makes calls with clients that stop waiting and repeat their calls.")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    if not sys.platform.startswith("linux"):
        print("0 passed, 0 failed, 1 skipped")
        return 0
    context = harness.soak_context()
    soak = Soak(context, options)
    steps = (("clients", soak.run), ("server", soak.check_server), ("record", soak.check_record), ("processes", soak.check_rest))
    passed, failed = harness.run_steps(steps, options.seed)
    print(f"{dict(soak.counts)}", flush=True)
    if not failed:
        print(f"{soak.distinct} calls that write were carried out {soak.executed} times; {len(soak.excused)} of {len(soak.crossed)} calls of clients "
              f"that were silent or gone twice, because messages crossed; record: {soak.row}", flush=True)
    return harness.end_soak(context, passed, failed)


if __name__ == "__main__":
    sys.exit(main())
