#!/usr/bin/env python3
"""Measures Callgate end to end and compares it with the simplest programs that could replace it, all in one run.

    meson setup build/bench --buildtype=release -Dbench=true && ninja -C build/bench
    tests/bench/run.py --build build/bench            tables for the README
    tests/bench/run.py --build build/bench --bars     our limits, each next to what was measured

The setups take turns within each round, so that other work of the machine affects all of them. Each runs in two ways: on two cores, where
the scheduler decides which core runs a process; and on one core, where figures repeat within a few per cent. Every answer is checked to
contain the text of its own request. Callgate runs with 40 rules (5 by path, 5 by pattern), 100 secrets to mask, and a record of a million calls.
"""
import argparse
import contextlib
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

KIB, MIB = 1024, 1024 * 1024
RECORDS = ("off", "lazy", "before", "fsync")
HTTP = ("HTTP relay", "HTTP record before")  # the lower limit and Callgate; each concurrent call has a connection
REMOTE = ("HTTP relay", "remote record before")  # the client uses stdio, and the server is behind the HTTP relay
WAYS = {"two cores": [], "one core": ["taskset", "-c", "0"]}
SIZES = {100: "100 B", 10 * KIB: "10 KiB", MIB: "1 MiB"}


def configuration(echo, servers, durability, url=None):
    """Returns a configuration with rules that are checked for every call and refuse none. With a URL, `servers` are there, and a further server
    has the secrets."""
    tools = [f"echo__tool_{i}" for i in range(10)] + [f"*__delete_{i}_*" for i in range(10)]
    deny = tools + [{"tool": "*__echo", "args": {"path": {"inside": [f"/nowhere/{i}"]}}} for i in range(5)]
    deny += [{"tool": "*__echo", "args": {"text": {"regex": pattern}}}
             for pattern in ("^DROP TABLE", "^rm -rf /", r"^\s*curl [^|]*\|\s*sh$", "^[A-Z]{40}", "^(sudo|doas) ")]
    ask = [f"*__create_{i}" for i in range(5)]
    allow = [f"echo__e*{i}*" for i in range(5)]
    env = {f"SECRET_{i}": f"${{env:BENCH_SECRET_{i}}}" for i in range(100)}
    # The server keeps no state, so clients of the endpoint share it.
    local = {"command": str(echo), "env": env, "share": "all"}
    return {
        "mcpServers": {name: {"url": url} for name in servers} | {"other": local} if url else {name: local for name in servers},
        "policy": {"default": "allow", "deny": deny, "ask": ask, "allow": allow},
        "record": {"durability": durability},
        "gateway": {"shared": "off"},  # the shared gate would be another process than the one that is measured
        # 64 answers of a mebibyte are more than a client may leave unread by default.
        "limits": {"queue": "192MiB"},
    }


class WrongAnswer(Exception):
    """bench_load got an answer that does not belong to its request. The text is bench_load's message."""


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = pathlib.Path(folder)
        self.url = None  # of the server in the setups "remote …"
        self.failures = []
        programs = pathlib.Path(options.build) / "tests" / "bench"
        self.load = programs / "bench_load"
        self.fill = programs / "fill_record"
        self.recording_relay = programs / "bench_recording_relay"
        self.echo, self.relay = programs / "bench_echo", programs / "bench_relay"
        self.http_relay = programs / "bench_http_relay"
        if options.programs:
            self.echo, self.relay = (pathlib.Path(options.programs) / name for name in ("mcpecho", "mcprelay"))
        self.callgate = options.callgate or program_of(options.build)
        self.state = self.folder / "state"
        self.wal = self.state / "callgate.db-wal"
        self.environment = dict(os.environ, CALLGATE_STATE=str(self.state))
        self.environment |= {f"BENCH_SECRET_{i}": f"s3cret-{i:04d}-abcdefghijklmnop" for i in range(100)}

    def command(self, setup, servers=("echo",)):
        """Returns (command, tools, file to watch) of a setup."""
        if setup == "direct":
            return [self.echo], ["echo"], None
        if setup == "relay":
            return [self.relay, self.echo], ["echo"], None
        if setup == "HTTP relay":
            return [self.http_relay, self.echo], ["echo"], None
        if setup.startswith("HTTP "):
            command, tools, watch = self.command(setup.removeprefix("HTTP "), servers)
            return [*command, "serve", "--listen", "127.0.0.1:0"], tools, watch
        if setup == "recording relay":
            database = self.folder / "relay.db"
            return [self.recording_relay, database, self.echo], ["echo"], f"{database}-wal"
        remote = setup.startswith("remote ")
        durability = setup.removeprefix("remote ").removeprefix("record ")
        config = self.folder / f"{durability}-{len(servers)}{'-remote' if remote else ''}.json"
        config.write_text(json.dumps(configuration(self.echo.resolve(), servers, durability, self.url if remote else None)))
        return [self.callgate, "--config", config], [f"{name}__echo" for name in servers], self.wal

    def run(self, setup, phases=(), way="two cores", idle=0, streams=0, servers=("echo",)):
        """Runs bench_load and returns its output, one dictionary for each line."""
        with contextlib.ExitStack() as stack:
            if setup.startswith("remote "):
                relay = stack.enter_context(subprocess.Popen([*WAYS[way], self.http_relay, self.echo], stdin=subprocess.DEVNULL,
                                                             stdout=subprocess.PIPE, text=True))
                stack.callback(relay.kill)
                self.url = relay.stdout.readline().strip()
            return self.run_load(setup, phases, way, idle, streams, servers)

    def run_load(self, setup, phases, way, idle, streams, servers):
        command, tools, watch = self.command(setup, servers)
        arguments = [*WAYS[way], self.load]
        for tool in tools:
            arguments += ["--tool", tool]
        for size, at_once, seconds, calls in phases:
            arguments += ["--phase", f"{size},{at_once},{seconds},{calls}"]
        if watch:
            arguments += ["--watch", watch]
        if idle:
            arguments += ["--idle", str(idle)]
        if setup.startswith("HTTP"):
            arguments += ["--http", "-" if setup == "HTTP relay" else self.state / "token"]
        if streams:
            arguments += ["--streams", str(streams)]
        arguments += ["--leave-out", self.echo.name, "--", *command]
        done = subprocess.run([str(a) for a in arguments], env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise WrongAnswer(f"{setup}: exit {done.returncode}: {done.stderr[-2000:].strip()}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def fill_record(self, calls):
        """Fills the record with calls, as long use does."""
        if calls == 0:
            return
        progress(f"writing {calls:,} calls into the record")
        self.state.mkdir(mode=0o700)
        if self.fill.exists():
            subprocess.run([str(self.fill), str(self.state / "callgate.db"), str(calls)], check=True, stdout=subprocess.DEVNULL)
        else:
            self.run("record lazy", [(100, 64, 0, calls)])


def program_of(build):
    targets = json.loads(subprocess.run(["meson", "introspect", build, "--targets"], check=True, capture_output=True, text=True).stdout)
    return next((t["filename"][0] for t in targets if t["name"] == "callgate" and t["type"] == "executable"), None)


def progress(text):
    print(text, file=sys.stderr, flush=True)


def middle(rounds):
    """Returns the median of each figure of a phase over several rounds, except that sizes, the p99.9 and the maximum are the largest."""
    result = {key: statistics.median(r[key] for r in rounds) for key in rounds[0] if key != "kind"}
    for key in ("p999_us", "max_us", "watched_bytes", "rss_kib"):
        result[key] = max(r[key] for r in rounds)
    return result


def measure(bench, setups, phases, ways, rounds):
    """Returns {(way, setup, size, at once): figures}. The setups take turns in each phase of each round.

    A phase in which a call was refused has no figures: a refusal is fast and would count as a fast call.
    """
    found = {}
    for number in range(rounds):
        for way in ways:
            for phase in phases:
                for setup in setups:
                    progress(f"round {number + 1}: {way}: {SIZES[phase[0]]} x {phase[1]}: {setup}")
                    try:
                        figures = bench.run(setup, [phase], way)[-1]
                    except WrongAnswer as why:
                        bench.failures.append(f"{way}: {SIZES[phase[0]]} x {phase[1]}: {why}")
                        progress(bench.failures[-1])
                        continue
                    found.setdefault((way, setup, *phase[:2]), []).append(figures)
    return {key: middle(value) for key, value in found.items()}


def measure_start(bench, times):
    starts = [bench.run("record before")[0] for _ in range(times)]
    return {key: statistics.median(s[key] for s in starts) for key in ("initialize_ms", "ready_ms")}


def measure_idle(bench, seconds, calls):
    phases = [(100, 64, 1, calls), (10 * KIB, 16, 1, 0)]
    return bench.run("record before", phases, idle=seconds, servers=("echo", "second", "third"))[-1]


def measure_streams(bench, count):
    return bench.run("HTTP record before", [(100, 1, 1, 0)], streams=count)[-1]


def table(found, setups, way):
    """Returns a table with one row for each setup, and the columns that a reader compares."""
    rows = [
        "| | 100 B: p50 | p99 | p99.9 | CPU | 64 at once | 10 KiB: p50 | p99 | 64 at once | 1 MiB: p50 | one at a time | 64 at once | memory | WAL |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for setup in setups:
        phases = {(size, at_once): found.get((way, setup, size, at_once)) for size in SIZES for at_once in (1, 64)}
        def cell(size, at_once, key, form, phases=phases):
            figures = phases[size, at_once]
            return form.format(figures[key]) if figures else "refused"
        seen = [figures for figures in phases.values() if figures]
        wal = max((figures["watched_bytes"] for figures in seen), default=0)
        memory = max((figures["rss_kib"] for figures in seen), default=0)
        cells = [
            *(cell(100, 1, key, "{:.0f} µs") for key in ("p50_us", "p99_us", "p999_us")), cell(100, 1, "cpu_us", "{:.1f} µs"),
            cell(100, 64, "per_s", "{:,.0f}/s"), *(cell(10 * KIB, 1, key, "{:.0f} µs") for key in ("p50_us", "p99_us")),
            cell(10 * KIB, 64, "per_s", "{:,.0f}/s"), cell(MIB, 1, "p50_us", "{:,.0f} µs"), cell(MIB, 1, "per_s", "{:,.0f}/s"),
            cell(MIB, 64, "per_s", "{:,.0f}/s"), f"{memory / KIB:.1f} MB", f"{wal / MIB:.1f} MiB" if wal else "–",
        ]
        rows.append("| " + " | ".join([setup, *cells]) + " |")
    return "\n".join(rows)


def tables(bench, options):
    setups = ["direct", "relay", "recording relay", *(f"record {r}" for r in RECORDS), "HTTP relay", "HTTP record before"]
    phases = [(size, at_once, options.seconds, 0) for size in SIZES for at_once in (1, 64)]
    found = measure(bench, setups, phases, WAYS, options.rounds)
    start, idle = measure_start(bench, 10), measure_idle(bench, 10, 0)
    for way in WAYS:
        print(f"\n{way}:\n\n{table(found, setups, way)}")
    print(f"\nFrom start to the answer of `initialize`: {start['initialize_ms']:.1f} ms. Idle after load with three servers: "
          f"{idle['rss_kib'] / KIB:.1f} MB resident ({idle['pss_kib'] / KIB:.1f} MB by share), {idle['wake_ups_per_s']:.1f} wake-ups a second; "
          f"its {idle['other_processes']} wardens together {idle['others_pss_kib'] / KIB:.1f} MB by share, {idle['others_wake_ups_per_s']:.1f} wake-ups a second.")
    keys = ("way", "setup", "bytes", "at_once")
    return {"phases": [dict(zip(keys, key)) | value for key, value in found.items()], "start": start, "idle": idle}


def bars(bench, options):
    """Measures the figures that have limits, each next to the figure that it is compared with."""
    ours, seconds = "record before", options.seconds
    one = measure(bench, ["relay", ours], [(100, 1, seconds, 0)], ["one core"], options.rounds)
    tail = measure(bench, ["relay", ours], [(100, 1, seconds, options.tail_calls)], ["two cores"], options.rounds)
    many = measure(bench, ["recording relay", ours], [(100, 64, seconds, 0)], ["two cores"], options.rounds)
    large = measure(bench, ["relay", ours], [(MIB, 1, seconds, 0)], ["two cores"], options.rounds)
    flood = measure(bench, [ours], [(10 * KIB, 64, seconds, 0), (MIB, 64, seconds, 0)], ["two cores"], 1)
    http = measure(bench, HTTP, [(100, 1, seconds, 0), (100, 64, seconds, 0)], ["two cores"], options.rounds)
    remote = measure(bench, REMOTE, [(100, 1, seconds, 0), (100, 64, seconds, 0)], WAYS, options.rounds)
    start, idle = measure_start(bench, 20), measure_idle(bench, 10, 100_000)
    streams = measure_streams(bench, 1000)

    relay1, ours1 = one["one core", "relay", 100, 1], one["one core", ours, 100, 1]
    relay, us = tail["two cores", "relay", 100, 1], tail["two cores", ours, 100, 1]
    floor64, us64 = (many["two cores", setup, 100, 64]["per_s"] for setup in ("recording relay", ours))
    relay_mib, us_mib = (large["two cores", setup, MIB, 1]["per_s"] for setup in ("relay", ours))
    (http1, our_http1), (http64, our_http64) = (
        [http["two cores", setup, 100, at_once] for setup in HTTP] for at_once in (1, 64))
    remotes = {way: [remote[way, setup, 100, 1]["p50_us"] for setup in REMOTE] for way in WAYS}
    remote64 = [remote["two cores", setup, 100, 64]["per_s"] for setup in REMOTE]
    wal = max(v["watched_bytes"] for found in (one, tail, many, large, flood) for key, v in found.items() if key[1] == ours) / MIB
    lines = [
        ("one core, 100 B, p50", f"<= 2.5 x relay ({relay1['p50_us']:.1f} µs)", f"{ours1['p50_us']:.1f} µs = {ours1['p50_us'] / relay1['p50_us']:.2f} x",
         ours1["p50_us"] <= 2.5 * relay1["p50_us"]),
        ("one core, 100 B, CPU a call", f"<= 5 x relay ({relay1['cpu_us']:.1f} µs)", f"{ours1['cpu_us']:.1f} µs = {ours1['cpu_us'] / relay1['cpu_us']:.2f} x",
         ours1["cpu_us"] <= 5 * relay1["cpu_us"]),
        ("100 B, p50", f"<= relay + 40 µs ({relay['p50_us'] + 40:.0f} µs)", f"{us['p50_us']:.1f} µs", us["p50_us"] <= relay["p50_us"] + 40),
        ("100 B, p99", f"<= relay + 0.3 ms ({relay['p99_us'] + 300:.0f} µs)", f"{us['p99_us']:.0f} µs", us["p99_us"] <= relay["p99_us"] + 300),
        (f"100 B, p99.9 of {us['calls']:,.0f} calls, worst round", "<= 10 ms", f"{us['p999_us'] / 1000:.2f} ms", us["p999_us"] <= 10_000),
        ("100 B, CPU a call", f"<= 5 x relay ({relay['cpu_us']:.1f} µs)", f"{us['cpu_us']:.1f} µs = {us['cpu_us'] / relay['cpu_us']:.2f} x",
         us["cpu_us"] <= 5 * relay["cpu_us"]),
        ("100 B, 64 at once", f">= 60,000/s or 60 % of the recording relay ({floor64:,.0f}/s)", f"{us64:,.0f}/s = {100 * us64 / floor64:.0f} %",
         us64 >= 60_000 or us64 >= 0.6 * floor64),
        ("1 MiB, one at a time", f">= 25 % of the relay ({relay_mib:,.0f}/s)", f"{us_mib:,.0f}/s = {100 * us_mib / relay_mib:.0f} %",
         us_mib >= 0.25 * relay_mib),
        ("HTTP, 100 B, p50", f"<= HTTP relay + 60 µs ({http1['p50_us'] + 60:.0f} µs)", f"{our_http1['p50_us']:.1f} µs",
         our_http1["p50_us"] <= http1["p50_us"] + 60),
        ("HTTP, 100 B, 64 connections", f">= 30 % of the HTTP relay ({http64['per_s']:,.0f}/s)",
         f"{our_http64['per_s']:,.0f}/s = {100 * our_http64['per_s'] / http64['per_s']:.0f} %", our_http64["per_s"] >= 0.3 * http64["per_s"]),
        *((f"remote server, {way}, 100 B, p50", f"<= HTTP relay + 120 µs ({floor + 120:.0f} µs)", f"{with_us:.1f} µs", with_us <= floor + 120)
          for way, (floor, with_us) in remotes.items()),
        ("remote server, 100 B, 64 at once", f">= 30 % of the HTTP relay ({remote64[0]:,.0f}/s)",
         f"{remote64[1]:,.0f}/s = {100 * remote64[1] / remote64[0]:.0f} %", remote64[1] >= 0.3 * remote64[0]),
        (f"resident with {streams['streams']:,} idle HTTP+SSE clients", "<= 40 MB", f"{streams['rss_kib'] / KIB:.1f} MB", streams["rss_kib"] <= 40 * KIB),
        ("resident after load, three servers", "<= 12 MB", f"{idle['rss_kib'] / KIB:.1f} MB ({idle['pss_kib'] / KIB:.1f} by share)", idle["rss_kib"] <= 12 * KIB),
        ("idle", "<= 1 wake-up/s", f"{idle['wake_ups_per_s']:.2f}/s", idle["wake_ups_per_s"] <= 1),
        ("initialize after start", "<= 10 ms", f"{start['initialize_ms']:.1f} ms", start["initialize_ms"] <= 10),
        ("WAL, greatest seen", "< 32 MiB", f"{wal:.1f} MiB", wal < 32),
    ]
    print("\n| what | bar | measured | |\n|---|---|---|---|")
    for what, bar, measured, held in lines:
        print(f"| {what} | {bar} | {measured} | {'held' if held else '**missed**'} |")
    return {"bars": [{"what": w, "bar": b, "measured": m, "held": h} for w, b, m, h in lines]}


def smoke(bench, options):
    """Checks that everything runs and that every answer is right, without looking at times."""
    for setup in ("direct", "relay", "recording relay", "record before", *HTTP, REMOTE[1]):
        for line in bench.run(setup, [(100, 1, options.seconds / 4, 0), (100, 64, options.seconds / 4, 0), (MIB, 4, options.seconds / 4, 0)]):
            if line["kind"] == "phase":
                print(f"{setup}: {SIZES[line['bytes']]} x {line['at_once']}: {line['calls']} right answers")
    print(json.dumps(measure_idle(bench, 1, 0)))
    print(json.dumps(measure_streams(bench, 10)))
    return {}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="a build folder with -Dbench=true")
    parser.add_argument("--callgate", help="the program (default: the build folder's)")
    parser.add_argument("--programs", help="a folder with other mcpecho and mcprelay to measure with")
    parser.add_argument("--seconds", type=float, default=5, help="of each phase (default 5)")
    parser.add_argument("--rounds", type=int, default=1, help="how often everything takes its turn (default 1)")
    parser.add_argument("--recorded", type=int, default=1_000_000, help="calls in the record beforehand (default 1,000,000)")
    parser.add_argument("--tail-calls", type=int, default=200_000, help="calls that the p99.9 bar is measured over (default 200,000)")
    parser.add_argument("--folder", help="where to keep databases (default: a temporary folder in --build)")
    parser.add_argument("--json", metavar="FILE", help="write all figures here")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--bars", action="store_true", help="hold the figures against our limits")
    mode.add_argument("--smoke", action="store_true", help="only see that it runs")
    options = parser.parse_args()

    # The record is in the build folder and not in /tmp, because fsync costs nothing on a file system in memory.
    folder = options.folder or tempfile.mkdtemp(prefix="bench-", dir=options.build)
    try:
        bench = Bench(options, folder)
        if not bench.callgate or not os.access(bench.callgate, os.X_OK):
            sys.exit("run.py: the build folder has no callgate; --callgate names one")
        if not options.smoke:
            bench.fill_record(options.recorded)
        chosen = smoke if options.smoke else bars if options.bars else tables
        figures = chosen(bench, options)
        for failure in bench.failures:
            print(f"\nNot measured: {failure}")
        if options.json:
            machine = {"machine": platform.platform(), "cores": os.cpu_count()}
            pathlib.Path(options.json).write_text(json.dumps(machine | figures | {"failures": bench.failures}, indent=1) + "\n")
        return 1 if bench.failures else 0
    except WrongAnswer as why:
        sys.exit(f"run.py: {why}")
    finally:
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)


sys.exit(main())
