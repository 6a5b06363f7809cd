#!/usr/bin/env python3
"""Changes the configuration again and again while calls run: no call may be lost, crossed or failed, and no process left over.

usage: reload_soak.py [--seconds N] [--seed N]     environment: CALLGATE and FAKE

One gate gets 32 calls at once to two servers. Meanwhile the configuration file is replaced, so that one of the servers restarts and a
third one is added and removed. Each answer must belong to its call. At the end, each server must run once, and the record must have every
call with outcome ok.
"""
import argparse
import json
import os
import pathlib
import random
import sys
import tempfile
import threading
import time

import harness
from harness import Failure

AT_ONCE = 32


def configuration(context, number):
    servers = {"changing": context.server("changing", "tools=echo", env={"NUMBER": str(number)}), "staying": context.server("staying", "tools=echo")}
    if number % 3 == 0:
        servers["guest"] = context.server("guest", "tools=echo")
    return {"mcpServers": servers}


def change_until(context, end, dice, done):
    while time.monotonic() < end:
        done["changes"] += 1
        fresh = context.dir / "config.json.new"
        fresh.write_text(json.dumps(configuration(context, done["changes"])))
        os.replace(fresh, context.config_file)
        time.sleep(dice.uniform(0.05, 0.6))


def call_until(gate, end, dice):
    """Makes calls, and checks that each is answered with its own arguments. Returns their number."""
    open_calls, made = {}, 0
    while time.monotonic() < end or open_calls:
        while time.monotonic() < end and len(open_calls) < AT_ONCE:
            made += 1
            name = dice.choice(("changing__echo", "staying__echo"))
            open_calls[gate.start("tools/call", {"name": name, "arguments": {"n": made}})] = json.dumps({"n": made})
        id, wanted = next(iter(open_calls.items()))
        answer = gate.reply(id)
        text = answer.get("result", {}).get("content", [{}])[0].get("text")
        if text != wanted:
            raise Failure(f"call {wanted} was answered {json.dumps(answer)[:500]}")
        del open_calls[id]
    return made


def soak(context, options):
    dice, done = random.Random(options.seed), {"changes": 0}
    context.write_config(configuration(context, 0))
    gate = context.gate()
    gate.allowed.append({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
    gate.hello()
    gate.tools()
    end = time.monotonic() + options.seconds
    changing = threading.Thread(target=change_until, args=(context, end, random.Random(options.seed + 1), done))
    changing.start()
    made = call_until(gate, end, dice)
    changing.join()
    context.write_config(configuration(context, 1))

    def servers():
        return [(each["name"], each["state"]) for each in json.loads(context.run("status", "--json"))["processes"][0]["servers"]]

    context.wait(lambda: sorted(servers()) == [("changing", "ready"), ("staying", "ready")], "each server runs once")
    gate.close()
    rows = json.loads(context.run("history", "sql", "--json", "select outcome, count(*) as n from calls group by 1"))["rows"]
    context.equal(rows, [{"outcome": "ok", "n": str(made)}], "the record")
    return made, done["changes"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="callgate-reload-") as folder:
        context = harness.Context(None, pathlib.Path(folder), os.environ["CALLGATE"], os.environ["FAKE"])
        failed = 0
        try:
            made, changes = soak(context, options)
            print(f"{made} calls, {changes} changes of the configuration, seed {options.seed}")
        except Failure as failure:
            failed = 1
            print(f"FAILED (seed {options.seed}): {failure}")
        left = context.clean_up()
        if left and not failed:
            failed = 1
            print(f"FAILED: processes were left: {left}")
    print(f"{1 - failed} passed, {failed} failed")
    return failed


sys.exit(main())
