#!/usr/bin/env python3
"""Times what the record is asked, over a week of a million calls: 12 agents, 20 servers, 270,000 things touched.

    meson setup build/bench --buildtype=release -Dbench=true && ninja -C build/bench
    tests/bench/queries.py --build build/bench            a table
    tests/bench/queries.py --build build/bench --bars     exit 1 where one takes longer than we allow it

A time is that of the whole command, from its start to its end: the best of a few, for what else the machine does is no part of it.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

LIST, SUM, NONE = 0.050, 1.0, None
QUERIES = (  # arguments, bar in seconds
    ("history list", LIST),
    ("history list --client goose", LIST),
    ("history list --client nobody", LIST),
    ("history list --outcome lost", LIST),
    ("history list --profile reviewer --outcome cancelled --since 3d", LIST),
    ("history list --server figma --tool run --client zed --outcome timeout", LIST),
    ("history list --tool *_file --session 1-* --until 2d", LIST),
    ("history list --grep site-7.example", NONE),
    ("history list --grep nothing-has-this", NONE),
    ("history stats", SUM),
    ("history stats --client cursor", SUM),
    ("touched", SUM),
    ("touched --by server", SUM),
    ("touched --by path", SUM),
    ("touched --by path --under /home/me/projects/project-3 --op write", SUM),
    ("report", SUM),
    ("report --json", SUM),
    ("history sql SELECT+client,count(*)+FROM+touched+GROUP+BY+client", NONE),
)


def seconds_of(command, environment):
    begin = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - begin
    if done.returncode not in (0, 3):
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr}")
    return taken, len(done.stdout.splitlines())


def fill(options, record):
    begin = time.perf_counter()
    subprocess.run([options.build / "tests" / "bench" / "fill_record", "--week", record, str(options.calls)], check=True)
    size = record.stat().st_size
    print(f"filled in {time.perf_counter() - begin:.1f} s, {size / options.calls:.0f} bytes a call\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path, help="a build folder with -Dbench=true")
    parser.add_argument("--record", type=pathlib.Path, help="a callgate.db with such a week, instead of a new one")
    parser.add_argument("--calls", type=int, default=1_000_000, help="of the week (default 1,000,000)")
    parser.add_argument("--times", type=int, default=5, help="each query is asked (default 5)")
    parser.add_argument("--bars", action="store_true", help="hold the times against our limits")
    options = parser.parse_args()
    callgate = options.build / "src" / "cli" / "callgate"
    late = 0
    with tempfile.TemporaryDirectory(dir=options.build) as folder:
        if options.record:
            folder = options.record.parent
        else:
            fill(options, pathlib.Path(folder) / "callgate.db")
        print(f"{'ms':>8} {'bar':>6} {'lines':>7}  query")
        environment = dict(os.environ, CALLGATE_STATE=str(folder))
        for query, bar in QUERIES:
            command = [callgate, *(word.replace("+", " ") for word in query.split())]
            taken, lines = min(seconds_of(command, environment) for _ in range(options.times if bar else 1))
            over = bar is not None and taken > bar
            late += over
            print(f"{taken * 1000:8.1f} {'' if bar is None else f'{bar * 1000:.0f}':>6} {lines:7}  {query}{'  TOO SLOW' if over else ''}")
    return 1 if options.bars and late else 0


if __name__ == "__main__":
    sys.exit(main())
