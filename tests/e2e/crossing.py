#!/usr/bin/env python3
"""Checks that no message crosses between clients: clients of every kind use the same ids, tokens and names on one gate at the same time.

usage: crossing.py [--calls N] [--at-once N] [--only VARIANT]     environment: CALLGATE and FAKE

Each variant makes N calls, spread over two Streamable HTTP sessions, a modern client, an HTTP+SSE client, and a separate gate on
stdio with the same state folder. Everything that the server sends (answers, progress, questions) contains the text of its call, and
that text contains the secret tag of its client; see crossing_client.py. At the end, the record must have every call once, in the right
session, with outcome ok, and every question in the session of the client that was asked.

The variants: in `own`, each session has its own child. In `shared`, the server never asks, and one child serves all HTTP clients. In
`unsure`, the server asks and one child serves all, so the gate refuses questions that could belong to several clients.
"""
import argparse
import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile
import time

import harness
import http_client
from harness import Failure

KINDS = ("streamable", "streamable", "modern", "sse", "stdio")
VARIANTS = {
    "own": {"share": "session", "ask": True, "refusals": False},
    "shared": {"share": "all", "ask": False, "refusals": False},
    "unsure": {"share": "all", "ask": True, "refusals": True},
}
CLIENT = pathlib.Path(__file__).resolve().parent / "crossing_client.py"
# A statement of `history sql` may take 30 seconds.
CALLS_A_STATEMENT = 200_000


class Player:
    """The process of one client."""

    def __init__(self, context, kind, told):
        self.kind, self.tag, self.calls = kind, told["tag"], told["calls"]
        self.process = subprocess.Popen([sys.executable, str(CLIENT), json.dumps({"kind": kind, **told})], cwd=context.dir,
                                        env={**context.env, "E2E_SLOW": str(harness.SLOW)}, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"the {self.kind} client has ended")
        return line.strip()

    def go(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()


def play(context, options, variant):
    """Runs the clients. Returns their reports as {player: report}, and the seconds that they took."""
    serve = http_client.Serve(context)
    share = options.calls // len(KINDS)
    told = {"tool": "fs__tell", "calls": share, "at_once": options.at_once, "ask": variant["ask"],
            "refusals": variant["refusals"], "port": serve.port, "token": serve.token, "callgate": context.callgate_path}
    players = []
    try:
        # The clients make their first calls one after the other, so that each question clearly belongs to one client.
        for kind in KINDS:
            players.append(Player(context, kind, {**told, "tag": secrets.token_hex(8)}))
            if (line := players[-1].line()) != "ready":
                raise Failure(f"the {kind} client did not start: {line}")
        begun = time.monotonic()
        for player in players:
            player.go()
        ends = {player: json.loads(player.line()) for player in players}
        seconds = time.monotonic() - begun
    finally:
        for player in players:
            player.process.kill()
            player.process.wait()
            player.process.stdin.close()
            player.process.stdout.close()
    serve.end()
    return ends, seconds


def rows(context, statement):
    # The status is not checked, because the command exits with 3 if it finds nothing.
    return json.loads(context.run("history", "sql", statement, "--json", status=None, limit=harness.DEADLINE * 6))["rows"]


def recorded(context, variant, ends):
    """Checks that the record has each call of each client once, in the client's own session, with outcome ok, and its questions."""
    found, sessions = {}, {}
    total = sum(player.calls for player in ends)
    for start in range(0, total, CALLS_A_STATEMENT):
        for row in rows(context, f"""
            select session, substr(json_extract(args, '$.text'), 1, 16) as tag, count(*) as n, sum(outcome = 'ok') as ok,
              count(distinct json_extract(args, '$.text')) as texts,
              sum(json_extract(result, '$.content[0].text') = json_extract(args, '$.text')
                or substr(json_extract(result, '$.content[0].text'), 1, length(json_extract(args, '$.text')) + 1)
                  = json_extract(args, '$.text') || char(10)) as own
            from (select * from calls limit {CALLS_A_STATEMENT} offset {start}) group by 1, 2"""):
            sums = found.setdefault(row["tag"], [0, 0, 0, 0])
            for i, key in enumerate(("n", "ok", "texts", "own")):
                sums[i] += int(row[key])
            sessions.setdefault(row["tag"], set()).add(row["session"])
    for player in ends:
        wanted = [player.calls] * 4
        if found.pop(player.tag, None) != wanted or len(sessions[player.tag]) != 1:
            raise Failure(f"{player.kind}: expected {player.calls} calls with outcome ok, in one session, each answered with its own text")
    if found or len(set.union(*sessions.values())) != len(ends):
        raise Failure(f"calls of unknown clients: {found}; sessions: {sessions}")
    asked = {}
    for row in rows(context, """
        select session, case method when 'elicitation/create' then substr(json_extract(params, '$.message'), 1, 16)
          else substr(json_extract(params, '$.messages[0].content.text'), 1, 16) end as tag, count(*) as n
        from questions where decision = 'allow' group by 1, 2"""):
        asked[row["tag"], row["session"]] = int(row["n"])
    wanted = {(player.tag, *sessions[player.tag]): end["counts"]["questions"]
              for player, end in ends.items() if end["counts"].get("questions")}
    if asked != wanted:
        raise Failure(f"questions in the record: {asked}, not {wanted}")
    if bool(asked) != variant["ask"]:
        raise Failure("the server asked although it must not, or did not ask")


def run(context, options, name, report):
    variant = VARIANTS[name]
    starts = context.dir / "starts"
    context.write_config({"mcpServers": {"fs": context.server("fs", "tools=tell", f"starts={starts}", share=variant["share"])}})
    ends = {}

    def clients():
        nonlocal ends
        ends, seconds = play(context, options, variant)
        calls = sum(end["counts"].get("answers", 0) for end in ends.values())
        totals = {key: sum(end["counts"].get(key, 0) for end in ends.values()) for key in ("progress", "questions", "refusals")}
        children = len(starts.read_text().splitlines())
        print(f"{name}: {calls} calls in {seconds:.1f} s ({calls / max(seconds, 0.001):,.0f}/s), {totals['progress']} steps of progress, "
              f"{totals['questions']} questions, {totals['refusals']} refused; {children} children", flush=True)
        if variant["share"] != "session" and children != 2:
            raise Failure(f"{children} children served the gateway and the gate on stdio")

    report(f"{name}: the clients", clients)
    for player, end in ends.items():
        def correct(end=end):
            if end["faults"]:
                raise Failure(f"{end['counts']['faults']} faults: " + "\n  ".join(end["faults"]))
        report(f"{name}: {player.kind}: receives only its own messages, each once", correct)
    if ends:
        report(f"{name}: the record", lambda: recorded(context, variant, ends))


def main():
    parser = argparse.ArgumentParser(description="Checks that no message crosses between clients with the same ids, tokens and names.")
    parser.add_argument("--calls", type=int, default=10_000, help="calls in each variant (default 10,000)")
    parser.add_argument("--at-once", type=int, default=8, help="calls at once of each client (default 8)")
    parser.add_argument("--only", choices=VARIANTS, action="append")
    options = parser.parse_args()
    counts = {True: 0, False: 0}

    def report(name, action):
        try:
            action()
            counts[True] += 1
        except (Failure, OSError, subprocess.TimeoutExpired, ValueError) as failure:
            counts[False] += 1
            print(f"failed  {name}: {failure}", flush=True)

    root = pathlib.Path(tempfile.mkdtemp(prefix="cg-")).resolve()
    for name in options.only or VARIANTS:
        context = harness.Context(harness.HERE, root / name, os.path.abspath(os.environ["CALLGATE"]), os.path.abspath(os.environ["FAKE"]))
        try:
            run(context, options, name, report)
        finally:
            left = context.clean_up()
            if left:
                counts[False] += 1
                print(f"failed  {name}: {len(left)} processes were left: {left[:3]}")
            context.remove()
    root.rmdir()
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main())
