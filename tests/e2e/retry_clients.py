#!/usr/bin/env python3
"""Lets real clients, Claude Code and Codex, time out and retry calls that write, and checks that no call is made twice.

usage: retry_clients.py [--orders N] [--clients NAME...] [--at-once N] [--from MS] [--to MS] [--seed N] [--packages FOLDER] [--keep]
environment: CALLGATE

A scripted model on loopback drives the clients (scripted_model.py). Nothing comes from a network except the two npm packages, which are
installed once. Callgate is each client's only MCP server, and slow_server.py is callgate's. Each order is a conversation of its own, in a
new process of the client, and several conversations run at once. The clients wait one second for a call, and an order takes between
--from and --to milliseconds, so the model often repeats its call.

Afterwards, this holds for each client:
- the server has carried out each order once. This includes the orders whose outcome is unknown to the model, because the model then ends;
- if an answer comes when the client has just given up, and the client does not cancel its call, callgate can't know that the client did
  not take the answer. It then makes the model's next call. This may happen to 5 % of the orders (crossed); it happens to more if --from
  and --to are close to the clients' time-out, or on a busy machine;
- the record has all calls that the model made, and all calls that were answered in place of being made.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import harness
import scripted_model

PACKAGES = ("@anthropic-ai/claude-code@2.1.332", "@openai/codex@0.171.0")
TIMEOUT = 1  # seconds that the clients wait for a call
EARLY = 0.9  # an answer before this part of TIMEOUT reaches the client in time
LONGEST = 120 * harness.SLOW  # seconds that a conversation may take
NOTE = "Already done at"  # how the note begins that callgate adds to an earlier call's answer


def check(condition, message):
    if not condition:
        raise harness.Failure(message)


def install(folder):
    """Installs the clients, unless the folder has them. Their programs are in optional packages, one for each platform, so that no install
    script has to run."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / ".installed"
    if not mark.exists() or mark.read_text("utf-8") != " ".join(PACKAGES):
        subprocess.run(["npm", "install", "--prefix", str(folder), "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
                        *PACKAGES], check=True, stdout=sys.stderr)
        mark.write_text(" ".join(PACKAGES), "utf-8")


def program(folder, pattern):
    found = sorted(folder.glob(f"node_modules/{pattern}"))
    check(found, f"{folder} has no program {pattern}")
    return str(found[0])


class Claude:
    name = "claude-code"

    def __init__(self, context, model, packages):
        self.program = program(packages, "@anthropic-ai/claude-code-*/claude")
        self.servers = context.dir / "servers.json"
        callgate = {"command": context.callgate_path, "args": [], "env": callgate_env(context)}
        self.servers.write_text(json.dumps({"mcpServers": {"callgate": callgate}}), "utf-8")
        self.env = {"ANTHROPIC_BASE_URL": model.url, "ANTHROPIC_API_KEY": "test", "MCP_TOOL_TIMEOUT": str(TIMEOUT * 1000),
                    "ENABLE_TOOL_SEARCH": "false",  # all tools are in the model's list
                    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1", "DISABLE_AUTOUPDATER": "1"}

    def command(self, text):
        return [self.program, "-p", text, "--mcp-config", str(self.servers), "--strict-mcp-config", "--allowedTools", "mcp__callgate"]


class Codex:
    name = "codex"

    def __init__(self, context, model, packages):
        self.program = program(packages, "@openai/codex-*/vendor/*/bin/codex")
        home = context.dir / "codex"
        home.mkdir()
        env = ", ".join(f"{key} = {json.dumps(value)}" for key, value in callgate_env(context).items())
        (home / "config.toml").write_text(f"""
model = "scripted"
model_provider = "scripted"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.scripted]
name = "scripted"
base_url = "{model.url}/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"
[mcp_servers.callgate]
command = {json.dumps(context.callgate_path)}
env = {{ {env} }}
tool_timeout_sec = {TIMEOUT}
""", "utf-8")
        self.env = {"CODEX_HOME": str(home), "SCRIPTED_KEY": "test"}

    def command(self, text):
        return [self.program, "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", text]


def callgate_env(context):
    return {name: value for name, value in context.env.items() if name.startswith("CALLGATE_")}


class Run:
    """All orders of one client."""

    def __init__(self, kind, root, options):
        self.context = harness.Context(harness.HERE, root / kind.name, os.path.abspath(os.environ["CALLGATE"]), "")
        server = {"command": sys.executable, "args": [str(harness.HERE / "slow_server.py"), f"{self.context.dir}/done"], "share": "all"}
        self.context.write_config({"mcpServers": {"slow": server}})
        self.model = scripted_model.Model()
        self.client = kind(self.context, self.model, options.packages)
        self.work = self.context.dir / "work"
        self.work.mkdir()
        # The clients can't reach any other host, because nobody listens on the port of their proxy.
        nowhere = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
        self.env = {**self.context.env, **nowhere, **self.client.env}
        chance = random.Random(f"{options.seed} {kind.name}")
        self.times = {number: chance.randint(options.least, options.most) for number in range(1, options.orders + 1)}
        self.problems, self.rows, self.taken = [], [], 0

    def carry_out(self, number):
        """Has one conversation."""
        name = f"order {number} {self.times[number]}"
        with subprocess.Popen(self.client.command(name), cwd=self.work, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, start_new_session=True) as process:
            try:
                stdout, stderr = process.communicate(timeout=LONGEST)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                stdout, stderr = process.communicate()
        order = self.model.orders.get(number)
        if process.returncode or order is None or order.end is None or order.end.encode() not in stdout:
            self.problems.append(f"{name}: status {process.returncode}, {order and order.results}, {stdout[-500:]!r} {stderr[-1000:]!r}")

    @property
    def orders(self):
        return self.model.orders.values()

    def count(self):
        self.calls = sum(len(order.results) for order in self.orders)
        self.ends = collections.Counter((order.end or "none").split()[0] for order in self.orders)
        self.noted = sum(NOTE in result for order in self.orders for result in order.results)

    def read_record(self):
        rows = self.context.run("history", "sql", "--jsonl", "--limit", "100000000", "select outcome, args, duration_ms from calls order by at")
        self.rows = [json.loads(line) for line in rows.splitlines()]
        numbers = [json.loads(row["args"])["n"] for row in self.rows]
        last = dict(zip(numbers, self.rows))
        self.repeated = sum(row["outcome"] == "repeated" for row in self.rows)
        # The model ended with the answer to its last call. An answer to an earlier call came when the client had just given up.
        lost = {order.number for order in self.orders if (order.end or "lost").startswith("lost")}
        self.taken = sum(row["outcome"] == "repeated" and number not in lost for number, row in last.items())
        sent = [row["outcome"] in ("ok", "repeated") and float(row["duration_ms"]) > EARLY * TIMEOUT * 1000 for row in self.rows]
        self.crossed = collections.Counter(number for number, row, crosses in zip(numbers, self.rows, sent) if crosses and row is not last[number])
        self.done = collections.Counter(int(line.split()[1]) for line in self.context.lines("done"))
        self.twice = [number for number, times in self.done.items() if times > 1]

    def check_conversations(self):
        check(not self.problems, f"{len(self.problems)} conversations failed: {'; '.join(self.problems)[:4000]}")
        lost = [(order.number, order.results[-1]) for order in self.orders if order.end.startswith("lost")]
        check(not lost, f"{len(lost)} orders have no answer: {lost[:5]}")

    def check_server(self):
        wrong = {number: self.done[number] for number in self.times if not 1 <= self.done[number] <= 1 + self.crossed[number]}
        check(not wrong, f"{len(wrong)} orders were not carried out once: {dict(list(wrong.items())[:5])}")
        check(set(self.done) == set(self.times), "the server carried out an order that nobody made")
        check(20 * len(self.twice) <= len(self.times), f"{len(self.twice)} orders were carried out more than once because messages crossed")

    def check_record(self):
        check(self.rows and len(self.rows) == self.calls, f"the record has {len(self.rows)} of {self.calls} calls")
        told = self.ends["unknown"] + self.noted
        check(self.taken == told, f"in the record, {self.taken} orders ended with a repeated call, but the model was told of {told}")

    def check_processes(self):
        left = self.context.clean_up()
        check(not left, f"{len(left)} processes are left: {left[:3]}")

    def report(self):
        calls = [len(order.results) for order in self.orders]
        print(f"{self.client.name}: {len(self.times)} orders, {self.calls} tool calls (at most {max(calls)} for an order, median "
              f"{statistics.median(calls):g}), {self.repeated} repeated answers ({self.noted} with the note, {self.ends['unknown']} unknown, "
              f"{self.repeated - self.taken} too late), {sum(self.done.values())} executions ({len(self.twice)} orders more than once)", flush=True)


def run(kind, root, options):
    """Returns how many checks of the client passed, and how many failed."""
    one = Run(kind, root, options)
    with concurrent.futures.ThreadPoolExecutor(options.at_once) as pool:
        list(pool.map(one.carry_out, one.times))
    one.model.close()
    one.count()
    passed = failed = 0
    for name, actions in (("conversations", [one.check_conversations]), ("server", [one.read_record, one.report, one.check_server]),
                          ("record", [one.check_record]), ("processes", [one.check_processes])):
        try:
            for action in actions:
                action()
            passed += 1
        except (harness.Failure, OSError) as failure:
            failed += 1
            print(f"failed  {kind.name}, {name} (seed {options.seed}): {failure}", flush=True)
    return passed, failed


def main():
    kinds = {kind.name: kind for kind in (Claude, Codex)}
    parser = argparse.ArgumentParser(description="Lets real clients retry calls that write, and checks that no call is made twice.")
    parser.add_argument("--orders", type=int, default=20, help="for each client")
    parser.add_argument("--clients", nargs="+", choices=kinds, default=list(kinds))
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--from", type=int, default=300, dest="least", metavar="MS")
    parser.add_argument("--to", type=int, default=4000, dest="most", metavar="MS")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--packages", type=pathlib.Path, default=harness.HERE.parents[1] / "build" / "retry-clients")
    parser.add_argument("--keep", action="store_true", help="keep the folder of the run, also without a failure")
    options = parser.parse_args()
    if not sys.platform.startswith("linux"):
        print("0 passed, 0 failed, 1 skipped")
        return 0
    options.packages = options.packages.resolve()
    install(options.packages)
    root = pathlib.Path(tempfile.mkdtemp(prefix="cg-")).resolve()
    passed = failed = 0
    for name in options.clients:
        more_passed, more_failed = run(kinds[name], root, options)
        passed, failed = passed + more_passed, failed + more_failed
    if failed or options.keep:
        print(f"the folder of the run is {root}")
    else:
        shutil.rmtree(root, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
