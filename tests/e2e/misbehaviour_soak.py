#!/usr/bin/env python3
"""Lets servers and clients misbehave in every way on one shared gate, and checks that healthy clients do not notice.

usage: misbehaviour_soak.py [--seconds N] [--clients N] [--seed N]     environment: CALLGATE and FAKE

The gate has 20 servers: 4 healthy ones, and 16 that use the modes of the fake server in which it does harm (see BAD). Four healthy clients call the
healthy servers at a fixed rate, each in a process of its own. For the first tenth of the time (at least 20 seconds), they are alone; this is the
quiet phase. In the noisy phase, 20 more clients come, call random servers, stop reading for some seconds, leave or are killed, and come again. Then:
- each answer belongs to its call, no request gets two answers, and each healthy call succeeds;
- the healthy clients' p99 in the noisy phase is at most twice that of the quiet phase;
- memory, descriptors and processes are flat: the median of the noisy phase's last quarter is about that of its second quarter;
- the gate has not died, and each client was served by it;
- each call has one row in the record, and each row has an end. The only calls that may be missing are those that had no answer when their client
  was killed, was disconnected or left. The record has no other calls;
- no process is left.

The subject is how the gate handles misbehaviour, not how the machine shares its processors. So the bad clients wait between their calls (PAUSE) and
floods are short: the bad servers and the bad clients together need about a fifth of one processor. The soak prints the CPU time of each, and that of
the whole machine. A control client makes the same calls at the same rate to a server of its own, without a gate; a busy machine shows in its
latencies, too. While a healthy client waits for an answer, further calls become due. Their latencies count from the moment at which they were due,
so that a pause of the gate counts for all calls that it delays. If a check fails, the soak leaves its folder, and the file "slow" in it lists the
slow calls of the healthy clients.
"""
import argparse
import collections
import json
import math
import os
import pathlib
import random
import re
import resource
import select
import signal
import statistics
import subprocess
import sys
import threading
import time

import harness
import processes

HEALTHY, HEALTHY_CLIENTS, RATE = ("h0", "h1", "h2", "h3"), 4, 50
SLOW = 0.03 * harness.SLOW  # seconds of a healthy call that is listed in the file "slow"
CALL_TIMEOUT, ANSWER_WITHIN = 2, 20.0 * harness.SLOW
PAUSE, STAY = (0.0, 0.4), (8, 40)  # seconds between a bad client's calls, and calls of one stay
NOT_READ = "the client does not read its messages (limits.queue)"
KEEP_ALARM_AWAY = ["env", "--block-signal=ALRM"]  # the fake server ends itself after 15 minutes, but the healthy ones must not end
TICKS = os.sysconf("SC_CLK_TCK")

# Whether the sessions of each bad server share a child, and its modes. If there are several texts of modes, each start of the server uses one of them.
BAD = {
    "never": ("all", "tools=never,hold,slow,echo"),
    "late": ("all", "tools=late,slow,release"),
    "crashes": ("all", "tools=crash,half-line,exit-after,echo stderr=started"),
    "starts": ("all", "crash-before-initialize stderr=no", "crash-in-initialize", "fail-initialize", "hang-in-initialize", "tools=echo,pid,crash"),
    "sluggish": ("session", "slow-start=1500 tools=echo,env,cwd,exit-after"),
    "stderr": ("all", "stderr-flood=300000 tools=stderr,exit-after"),
    "noise": ("all", "noise tools=error,fail,mirror,structured,links,echo"),
    "drip": ("all", "drip bom crlf tools=echo,who,pid completions"),
    "long": ("all", "tools=huge,echo"),
    "twice": ("all", "tools=twice,wrong-id,duplicate-keys,seen,echo"),
    "deaf": ("session", "tools=deaf,echo"),
    "pages": ("all", "endless-cursor", "repeated-cursor", "pages=20", "hang-in-tools-list", "fail-tools-list"),
    "many": ("all", "many=300 prompts instructions=many protocol=2024-11-05"),
    "floods": ("all", "tools=progress,change,log,update,tell logging resources uri=fake://more"),
    "asks": ("session", "tools=ask,tell,echo ask-at-start=sampling", "tools=ask,tell,echo ask-at-start=roots"),
    "stays": ("session", "ignores-eof ignores-sigterm grandchild grandchild-setsid grandchild-orphan tools=spawn,exit-after,crash,echo,keep"),
}


def check(condition, message):
    if not condition:
        raise harness.Failure(message)


def arguments_for(tool, chance):
    """Returns further arguments of a call, with which the tool's behaviour does harm."""
    if tool == "slow":
        return {"steps": chance.randint(0, 8), "ms": chance.choice((10, 200, 1000))}
    if tool == "crash":
        return {"signal": chance.choice((0, signal.SIGKILL, signal.SIGTERM))}
    if tool == "huge":
        return {"bytes": chance.choice((1000, 60_000, 250_000, 1_200_000))}  # the last is longer than a line may be
    if tool == "stderr":
        return {"bytes": chance.choice((100, 200_000))}
    if tool == "duplicate-keys":
        return {"envelope": chance.randint(0, 1)}
    if tool == "progress":
        return {"steps": chance.choice((3, 300)), "after": chance.choice((0, 100))}
    if tool == "change":
        return {"kind": chance.choice(("tools", "resources", "prompts")), "times": chance.choice((1, 40))}
    if tool == "update":
        return {"uri": "fake://floods/one"}
    if tool in ("ask", "tell"):
        kinds = chance.choices(("sampling", "elicitation", "roots", "ping"), k=chance.choice((1, 20)))
        return {"ask": kinds} if tool == "ask" else {"ask": kinds[0], "text": "told", "steps": 5}
    if tool in ("echo", "mirror"):
        return {"text": "x" * chance.choice((10, 10, 10, 50_000))}
    return {}


class Peer:
    """A client or, without a gate, the control: one process, and messages as lines. It can stop reading, unlike harness.Gate."""

    def __init__(self, command, env, folder, stderr):
        self.stderr_file = pathlib.Path(stderr)
        with open(stderr, "ab") as file:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, cwd=folder, env=env,
                                            start_new_session=True, bufsize=0)
        self.input, self.output = self.process.stdin.fileno(), self.process.stdout.fileno()
        for descriptor in (self.input, self.output):
            os.set_blocking(descriptor, False)
        self.unsent, self.partial, self.ended = bytearray(), bytearray(), False

    def send(self, message):
        self.unsent += json.dumps(message).encode() + b"\n"
        self.write()

    def write(self):
        try:
            while self.unsent:
                del self.unsent[:os.write(self.input, self.unsent[:65536])]
        except BlockingIOError:
            pass
        except OSError:
            self.unsent.clear()

    def receive(self, seconds, read=True):
        """Waits until something can be written or read, or the time is over, and returns the messages that came."""
        readable, _, _ = select.select([self.output] if read and not self.ended else [], [self.input] if self.unsent else [], [], max(0, seconds))
        if self.unsent:
            self.write()
        if not readable:
            return []
        try:
            part = os.read(self.output, 1 << 20)
        except BlockingIOError:
            return []
        self.ended = not part
        lines = part.split(b"\n")
        if len(lines) == 1:
            self.partial += part
            return []
        lines[0] = bytes(self.partial) + lines[0]
        self.partial = bytearray(lines.pop())
        return [json.loads(line) for line in lines if line]

    def reply(self, id, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.ended:
            for message in self.receive(end - time.monotonic()):
                if message.get("id") == id and "method" not in message:
                    return message
        raise harness.Failure(f"no answer to {id!r}{' before the end of output' if self.ended else ''}; stderr: {self.stderr[-1000:]}")

    def hello(self, name, capabilities):
        self.send({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": {"name": name, "version": "1"}}})
        check("result" in self.reply("hello", ANSWER_WITHIN), "initialize failed")
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def call(self, id, tool, arguments, meta=None):
        self.send({"jsonrpc": "2.0", "id": id, "method": "tools/call",
                   "params": {"name": tool, "arguments": arguments, **({"_meta": meta} if meta else {})}})

    @property
    def stderr(self):
        return self.stderr_file.read_text("utf-8", "replace")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()


# A healthy client is a process of its own, so that its calls do not wait for the threads of the bad clients.
def measure(told):
    """Calls the healthy servers. The first byte on stdin starts the noisy phase. The second one ends it; then the latencies are printed as JSON. The
    session remains open until the end of stdin, because check_record() needs a gate that lives."""
    peer = Peer(told["command"], told["env"], told["folder"], told["stderr"])
    peer.hello(told["name"], {})
    for tool in set(told["tools"]):  # the servers start
        peer.call(f"first {tool}", tool, {"n": 0})
        check("result" in peer.reply(f"first {tool}", ANSWER_WITHIN), f"{tool} does not start")
    print("ready", flush=True)
    phases, wrong, number, slow = [[]], [], 0, []
    due = time.monotonic() + told["delay"]
    while True:
        late = time.monotonic() > due
        time.sleep(max(0.0, due - time.monotonic()))
        if select.select([0], [], [], 0)[0]:
            os.read(0, 1)
            if len(phases) == 2:
                break
            phases.append([])
        number += 1
        begun = due if late else time.monotonic()
        peer.call(number, told["tools"][number % len(told["tools"])], {"n": number, "text": told["name"]})
        answer = peer.reply(number, ANSWER_WITHIN)
        taken = time.monotonic() - begun
        phases[-1].append(round(taken * 1e6))
        if taken > SLOW:
            slow.append((time.time() - taken, number, taken))
        texts = [json.loads(each["text"]) for each in answer.get("result", {}).get("content", [])[:1]]
        if texts != [{"n": number, "text": told["name"]}]:
            wrong.append(str(answer)[:300])
        due += 1 / RATE
    print(json.dumps({"phases": phases, "sent": number, "wrong": wrong[:5], "wrongs": len(wrong), "slow": slow}), flush=True)
    while os.read(0, 1):
        pass
    peer.process.stdin.close()
    sys.exit(peer.process.wait(ANSWER_WITHIN))


class Healthy:
    def __init__(self, soak, number):
        context = soak.context
        self.name = f"healthy-{number}"
        tools = [f"{server}__echo" for server in HEALTHY]
        command = [context.callgate_path]
        if number == HEALTHY_CLIENTS:
            self.name, tools = "control", ["echo"] * len(HEALTHY)
            command = [*KEEP_ALARM_AWAY, context.fake_path, "tools=echo"]
        self.stderr_file = context.dir / f"{self.name}.stderr"
        told = {"command": command, "env": context.env, "folder": str(context.dir), "stderr": str(self.stderr_file), "name": self.name,
                "tools": tools, "delay": number / (HEALTHY_CLIENTS + 1) / RATE}
        self.process = subprocess.Popen([sys.executable, __file__, "--measure", json.dumps(told)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ready(self):
        check(self.process.stdout.readline() == "ready\n", f"{self.name} did not start")

    def next_phase(self):
        self.process.stdin.write("n")
        self.process.stdin.flush()

    def take_report(self):
        line = self.process.stdout.readline()
        check(line, f"{self.name} has ended early")
        self.report = json.loads(line)

    def end(self):
        self.process.stdin.close()
        status = self.process.wait(ANSWER_WITHIN)
        check(status == 0, f"{self.name} ended with {status}")


class Bad:
    """One bad client after another, each with its own front."""

    def __init__(self, soak, number, seed):
        self.soak, self.name, self.chance = soak, f"bad-{number}", random.Random(seed)
        self.stderr_file = soak.context.dir / f"{self.name}.stderr"
        self.calls = {}  # by number: None, or whether its answer was a result
        self.ends = 0  # of sessions, by the gate
        self.cut_off = set()  # calls without an answer whose client was killed or disconnected
        self.thread = threading.Thread(target=self.work)

    def work(self):
        try:
            while not self.soak.over:
                self.stay()
        except Exception as failure:  # an exception that leaves the thread would not fail the soak
            self.soak.failures.append(f"{self.name}: {failure!r}")
            self.soak.over = True

    def stay(self):
        time.sleep(self.chance.uniform(0, 3))
        context = self.soak.context
        self.soak.count("came")
        self.open, self.questions = {}, []
        peer = self.peer = Peer([context.callgate_path], context.env, context.dir, self.stderr_file)
        try:
            peer.hello(self.name, self.chance.choice(({}, {"sampling": {}, "elicitation": {}, "roots": {}})))
            peer.send({"jsonrpc": "2.0", "id": "list", "method": "tools/list"})
            tools = self.tools_by_server([tool["name"] for tool in peer.reply("list", ANSWER_WITHIN)["result"]["tools"]])
            for _ in range(self.chance.randint(*STAY)):
                if self.soak.over or peer.ended:
                    break
                self.make_call(tools)
                if self.chance.random() < 0.02:
                    self.stall(tools)
                self.work_for(self.chance.uniform(*PAUSE))
            if peer.ended:
                self.disconnected()
            elif self.chance.random() < 0.5:
                self.die()
            else:
                self.leave()
        finally:
            peer.close()

    def tools_by_server(self, names):
        tools = collections.defaultdict(list)
        for name in names:
            tools[name.partition("__")[0]].append(name)
        for server in HEALTHY:
            check(f"{server}__echo" in tools[server], f"{server} is missing in the list of tools: {names[:30]}")
        return list(tools.values())

    def make_call(self, tools, name=None):
        name = name or self.chance.choice(self.chance.choice(tools))
        number = len(self.calls) + 1
        arguments = {"n": number, **arguments_for(name.partition("__")[2], self.chance)}
        self.calls[number], self.open[number] = None, name
        self.soak.count("calls")
        self.peer.call(number, name, arguments, {"progressToken": number} if self.chance.random() < 0.5 else None)

    def stall(self, tools):
        """Makes calls for some seconds without reading; some of them with large answers."""
        self.soak.count("stalls")
        wanted = self.chance.choice((("long__huge",), ("floods__progress", "h1__echo"), ("long__huge", "floods__progress", "h1__echo")))
        names = [name for names in tools for name in names if name in wanted]
        end = time.monotonic() + self.chance.uniform(1, 6)
        for _ in range(self.chance.choice((10, 60))):
            self.make_call(tools, self.chance.choice(names))
            self.peer.receive(0.02, read=False)
            time.sleep(0.01)
        while time.monotonic() < end and not self.soak.over:
            self.peer.receive(0.1, read=False)
            time.sleep(0.05)

    def work_for(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.peer.ended:
            for message in self.peer.receive(left):
                self.take(message)

    def take(self, message):
        if "method" in message:
            if "id" in message:
                self.questions.append(message["id"])
                if self.chance.random() < 0.5:
                    self.answer_questions()
            return
        number = message.get("id")
        check(number in self.open, f"an answer to no open request: {str(message)[:300]}")
        name = self.open.pop(number)
        self.calls[number] = "result" in message and not message["result"].get("isError")
        text = str(message["result"].get("content") if "result" in message else message["error"]["message"])
        if name.endswith("__echo") and self.calls[number]:
            check(f'"n":{number}' in text.replace(" ", ""), f"call {number} of {name} got another call's answer: {text[:300]}")
        if name.partition("__")[0] in HEALTHY:
            check(self.calls[number], f"{name} failed: {text[:300]}")
        self.soak.count("results" if self.calls[number] else "errors")

    def answer_questions(self):
        for id in self.questions:
            self.peer.send({"jsonrpc": "2.0", "id": id, "result": {"roots": []}})
        self.questions.clear()

    def leave(self):
        if self.chance.random() < 0.7:  # a call may wait for the client's answers for any time, so the client gives them
            end = time.monotonic() + ANSWER_WITHIN
            while self.open and time.monotonic() < end and not self.peer.ended:
                self.answer_questions()
                for message in self.peer.receive(0.5):
                    self.take(message)
            if self.peer.ended:
                return self.disconnected()
            check(not self.open, f"no answers within {ANSWER_WITHIN:g} s: {list(self.open.items())[:5]}")
        self.soak.count("left")
        self.cut_off.update(self.open)
        self.peer.process.stdin.close()
        self.peer.unsent.clear()
        end = time.monotonic() + ANSWER_WITHIN
        while not self.peer.ended and time.monotonic() < end:
            for message in self.peer.receive(0.5):
                self.take(message)
        status = self.peer.process.wait(ANSWER_WITHIN)
        check(status == 0, f"the front ended with {status}: {self.peer.stderr[-1000:]}")

    def die(self):
        self.soak.count("died")
        self.cut_off.update(self.open)
        self.peer.process.kill()
        self.peer.process.wait()

    def disconnected(self):
        """The gate ends a session whose client has not read for too long. check_record() checks that this was the reason."""
        self.soak.count("disconnected")
        self.cut_off.update(self.open)
        self.peer.process.wait(ANSWER_WITHIN)
        self.ends += 1


class Watch:
    """Samples the gate, its processes and their CPU time once a second."""

    def __init__(self, soak):
        self.soak, self.gate, self.samples, self.over = soak, 0, [], threading.Event()
        self.thread = threading.Thread(target=self.work)

    def work(self):
        while not self.over.wait(1.0):
            try:
                self.samples.append(self.sample())
            except (OSError, ValueError, IndexError):
                self.soak.failures.append("the gate has died")
                self.soak.over = True
                return

    @staticmethod
    def cpu(pid):
        """Returns the CPU seconds of a process, those of its ended children, and its parent."""
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS, (int(fields[13]) + int(fields[14])) / TICKS, int(fields[1])

    def sample(self):
        rss = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.gate}/status").read_text())
        try:
            descriptors = len(os.listdir(f"/proc/{self.gate}/fd"))
        except PermissionError:  # only root sees them
            descriptors = 0
        found = {"at": time.monotonic(), "memory": int(rss[1]) / 1024, "descriptors": descriptors, "gates": 0,
                 "healthy": 0.0, "bad": 0.0}
        found["gate"], found["bad"], _ = self.cpu(self.gate)  # the children that have ended were bad
        pids = processes.marked(self.soak.context.dir)
        found["processes"] = len(pids)
        for pid in pids:
            words = processes.command(pid)
            found["gates"] += "shared-gate" in words
            try:
                own, ended, parent = self.cpu(pid)
            except (OSError, IndexError):
                continue
            if self.soak.context.fake_path in words[:1]:
                found["healthy" if any(f"name={each}" in words for each in HEALTHY) else "bad"] += own + ended
            elif parent == self.gate:  # a warden
                found["bad"] += ended
        own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        found["clients"] = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
        ticks = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        found["machine"] = (sum(ticks) - ticks[3] - ticks[4]) / TICKS
        return found

    def end(self):
        self.over.set()
        self.thread.join()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, math.ceil(len(values) * share) - 1)] / 1000


class Soak:
    def __init__(self, context, options):
        self.context, self.options = context, options
        self.counts, self.failures, self.over, self.lock = collections.Counter(), [], False, threading.Lock()
        self.watch, self.rows, self.noisy_at = Watch(self), collections.Counter(), 0.0
        seeds = random.Random(options.seed)
        self.bad = [Bad(self, number, seeds.random()) for number in range(options.clients)]
        self.healthy = []

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def bad_server(self, name, share, *modes):
        """A start shifts the texts of modes by a changing number, so that its first one is another each time."""
        script = 'shift $(($$ % $#)); exec "$0" name=' + name + " $1"
        return {"command": "sh", "args": ["-c", script, self.context.fake_path, *modes], "share": share, "start_timeout": "4s",
                "call_timeout": f"{CALL_TIMEOUT}s", "call_cap": f"{4 * CALL_TIMEOUT}s", "stop_timeout": "1s"}

    def configure(self):
        healthy = {name: {"command": KEEP_ALARM_AWAY[0], "args": [*KEEP_ALARM_AWAY[1:], self.context.fake_path, f"name={name}", "tools=echo"],
                          "share": "all"} for name in HEALTHY}
        self.context.write_config({
            "gateway": {"shared": "auto", "idle_exit": "2s"}, "limits": {"line": "1MiB", "queue": "4MiB", "pages": 30, "first_list": "1s"},
            "record": {"body_limit": "4KiB"},
            "mcpServers": {**healthy, **{name: self.bad_server(name, *words) for name, words in BAD.items()}}})

    def run(self):
        self.configure()
        self.healthy = [Healthy(self, number) for number in range(HEALTHY_CLIENTS + 1)]
        for client in self.healthy:
            client.ready()
        self.watch.gate = processes.with_words(self.context.dir, "shared-gate")[0]
        self.watch.thread.start()
        quiet = max(20.0, self.options.seconds / 10)
        self.pause(quiet)
        self.noisy_at = time.monotonic()
        for client in self.healthy:
            client.next_phase()
        for client in self.bad:
            client.thread.start()
        self.pause(self.options.seconds - quiet)
        self.noisy_until, self.over = time.monotonic(), True
        for client in self.bad:
            client.thread.join()
        for client in self.healthy:
            client.next_phase()
        for client in self.healthy:
            client.take_report()
        self.watch.end()
        (self.context.dir / "slow").write_text("".join(
            f"{time.strftime('%H:%M:%S', time.gmtime(at))}.{int(at % 1 * 1000):03} {name} call {number}: {taken * 1000:.1f} ms\n"
            for at, name, number, taken in sorted((at, client.name, number, taken) for client in self.healthy
                                                  for at, number, taken in client.report["slow"])))
        check(not self.failures, "; ".join(self.failures)[:3000])

    def pause(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.over:
            time.sleep(0.1)

    def check_healthy(self):
        for client in self.healthy:
            client.end()
        for client in self.healthy:
            report = client.report
            check(not report["wrongs"], f"{client.name} got {report['wrongs']} wrong answers: {report['wrong']}")

    def check_latency(self):
        quiet, noisy = self.latencies(self.healthy[:-1])
        before, after = percentile(quiet, 0.99), percentile(noisy, 0.99)
        check(after <= 2 * before, f"p99 of healthy calls is {after:.2f} ms, {after / before:.1f} x that of the quiet phase")

    @staticmethod
    def latencies(clients):
        return [[each for client in clients for each in client.report["phases"][phase]] for phase in (0, 1)]

    def quarters(self, what):
        noisy = [sample[what] for sample in self.watch.samples if self.noisy_at <= sample["at"] <= self.noisy_until]
        quarter = len(noisy) // 4
        return statistics.median(noisy[quarter:2 * quarter]), statistics.median(noisy[3 * quarter:])

    def check_flat(self):
        grown = []
        for what, more in (("memory", 4), ("descriptors", 20), ("processes", 20)):
            second, last = self.quarters(what)
            if last > 1.25 * second + more:
                grown.append(f"{what} grew from {second:.1f} to {last:.1f}")
        check(not grown, "; ".join(grown))

    def check_gates(self):
        several = sum(sample["gates"] != 1 for sample in self.watch.samples)
        check(not several, f"in {several} of {len(self.watch.samples)} samples, there was not exactly one shared gate")
        alone = [path.name for path in self.context.dir.glob("*.stderr") if "a gate process of its own" in path.read_text("utf-8", "replace")]
        check(not alone, f"clients with a gate process of their own: {alone}")

    def query(self, statement):
        out, size = [], 100_000
        while not out or len(out) % size == 0:
            rows = self.context.run("history", "sql", "--jsonl", "--limit", str(size), f"{statement} limit {size} offset {len(out)}", status=None, limit=60)
            out += [json.loads(row) for row in rows.splitlines()]
            if not rows:
                break
        return out

    def check_record(self):
        """Runs while the gate still lives, because calls without an end are "lost" after its death, and pending before."""
        self.context.wait(lambda: not self.query("select id from calls where outcome = 'pending'"),
                          lambda: f"calls are pending: {self.query('select id, client, server, tool, at from calls where outcome = ' + repr('pending'))[:5]}")
        for row in self.query("select outcome, count(*) as n from calls group by 1"):
            self.rows[row["outcome"]] = int(row["n"])
        problems = []
        for client in self.bad:
            rows = self.query(f"select substr(args, 1, 30) as args, outcome, server, tool, id from calls where client = '{client.name}'")
            found = {}
            for row in rows:
                number = int(re.match(r'{"n": ?(\d+)', row["args"])[1])
                if number in found or number not in client.calls:
                    problems.append(f"{client.name}: one row more for call {number}: {row}")
                found[number] = row
                if client.calls.get(number) and row["outcome"] != "ok":
                    problems.append(f"{client.name}: call {number} got a result, but its row is {row}")
            self.counts["rows"] += len(rows)
            reasons = collections.Counter(row["reason"] for row in self.query(f"select reason from sessions where client = '{client.name}'"))
            if reasons[NOT_READ] < client.ends:
                problems.append(f"{client.name}: {client.ends} sessions were ended by the gate, but the reasons are {dict(reasons)}")
            missing = set(client.calls) - set(found)
            self.counts["without a row"] += len(missing)
            if missing - client.cut_off:
                problems.append(f"{client.name}: no rows of the calls {sorted(missing - client.cut_off)[:5]}")
        for client in self.healthy[:-1]:
            row = self.query(f"select count(*) as n, count(distinct args) as numbers, sum(outcome = 'ok') as ok from calls where client = '{client.name}'"
                             " and args not in ('{\"n\": 0}', '{\"n\":0}')")[0]
            if {int(each) for each in row.values()} != {client.report["sent"]}:
                problems.append(f"{client.name}: {row}, but it made {client.report['sent']} calls")
        check(not problems, f"{len(problems)} problems: " + "; ".join(problems[:5]))

    def check_rest(self):
        self.context.wait(lambda: not processes.with_words(self.context.dir, "shared-gate"), "the shared gate ends by itself")
        left = processes.wait_gone(self.context.dir, harness.GONE_WITHIN)
        check(not left, f"{len(left)} processes are left: {left[:3]}")

    def print_figures(self):
        quiet, noisy = self.latencies(self.healthy[:-1])
        alone_quiet, alone_noisy = self.latencies(self.healthy[-1:])
        print("healthy calls, ms: " + "; ".join(
            f"{name} p50 {percentile(before, 0.5):.2f} -> {percentile(after, 0.5):.2f}, p99 {percentile(before, 0.99):.2f} -> {percentile(after, 0.99):.2f}, "
            f"longest {max(before) / 1000:.1f} -> {max(after) / 1000:.1f} ({len(before)} -> {len(after)} calls)"
            for name, before, after in (("through the gate", quiet, noisy), ("control", alone_quiet, alone_noisy))))
        flat = {what: self.quarters(what) for what in ("memory", "descriptors", "processes")}
        print("second -> last quarter: " + ", ".join(f"{what} {second:.0f} -> {last:.0f}" for what, (second, last) in flat.items())
              + "; share of a processor, quiet -> noisy: " + ", ".join(f"{what} {self.load(what, False):.2f} -> {self.load(what, True):.2f}"
                                                                 for what in ("machine", "gate", "healthy", "bad", "clients")))
        if self.load("machine", False) > 0.6 * os.cpu_count():
            print("other work kept the machine busy in the quiet phase, so the comparison of the latencies means little")
        print(f"bad clients: {dict(self.counts)}; rows: {dict(self.rows)}", flush=True)

    def load(self, what, noisy):
        samples = [sample for sample in self.watch.samples if (sample["at"] >= self.noisy_at) == noisy and sample["at"] <= self.noisy_until]
        return (samples[-1][what] - samples[0][what]) / (samples[-1]["at"] - samples[0]["at"])


def main():
    if sys.argv[1:2] == ["--measure"]:
        measure(json.loads(sys.argv[2]))
        return 0
    parser = argparse.ArgumentParser(description="Lets servers and clients misbehave on one shared gate.")
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    if not sys.platform.startswith("linux"):
        print("0 passed, 0 failed, 1 skipped")
        return 0
    context = harness.soak_context()
    soak = Soak(context, options)
    passed, failed = harness.run_steps(
        (("clients", soak.run), ("record", soak.check_record), ("healthy", soak.check_healthy), ("latency", soak.check_latency),
         ("flat", soak.check_flat), ("gates", soak.check_gates), ("processes", soak.check_rest)), options.seed)
    if all(hasattr(client, "report") for client in soak.healthy):
        soak.print_figures()
    for client in soak.healthy:
        client.process.kill()
    return harness.end_soak(context, passed, failed)


if __name__ == "__main__":
    sys.exit(main())
