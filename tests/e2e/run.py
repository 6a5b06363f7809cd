#!/usr/bin/env python3
"""Runs the end-to-end cases: dialogues with a real `callgate` and fake servers.

usage: run.py [-j N] [-v] [--keep] [--control] [CASE…]      CASE is the beginning of a folder's name
environment: CALLGATE and FAKE (the two programs), ACCEPT=1 (rewrites goldens), E2E_SLOW=N (multiplies all deadlines)

A case is a folder under cases/ with
  config.json  the configuration; @FAKE@ @DIR@ @CASE@ @CALLGATE@ are replaced by paths; the first list waits for every
               server unless the file sets limits.first_list
  script       a dialogue, one step per line:
      > TEXT         sends the line; "$name" (with quotes) is replaced by the value that an earlier expectation stored
      < JSON         expects exactly this message next
      <~ JSON        waits for a message that has this subset (patterns: matching.py)
      <= TEXT        expects that the next message contains these bytes
      <? JSON        such messages may come at any time
      <! JSON        such a message must never come
      ! hello [JSON] initialize (with these params) and initialized
      ! close [N]    closes stdin; the gate must exit with status N (0)
      ! kill SERVER  sends SIGKILL to that fake server
      ! signal NAME  sends a signal to the gate
      ! wait-history N   waits until N calls are finished in the record
      ! stderr GLOB  waits until the gate's stderr matches
      # comment
  calls.out    the expected record afterwards; values that differ from run to run are replaced
or case.py with run(context), for tests that a dialogue can't express. A case writes to its own folder only. Afterwards no
process that has this folder in its environment may be left.
"""
import argparse
import concurrent.futures
import fnmatch
import importlib.util
import json
import os
import pathlib
import signal
import sys
import tempfile
import time
import traceback

import harness
import matching
import processes
from harness import Failure, Skip

CASES = harness.HERE / "cases"


class Script:
    """One dialogue."""

    def __init__(self, context, text):
        self.context = context
        self.gate = None
        self.lines = text.splitlines()

    def run(self):
        for line in self.lines:
            if line.startswith("<! "):
                self.start().forbidden.append(matching.parse(self.context.fill(line[3:])))
            if line.startswith("<? "):
                self.start().allowed.append(matching.parse(self.context.fill(line[3:])))
        for number, line in enumerate(self.lines, 1):
            try:
                self.step(line)
            except Failure as failure:
                raise Failure(f"script:{number}: {line[:200]}\n    {failure}") from None
        if self.gate and self.gate.process.poll() is None:
            self.gate.close()

    def start(self):
        self.gate = self.gate or self.context.gate()
        return self.gate

    def step(self, line):
        sign, _, rest = line.partition(" ")
        if not sign or sign.startswith("#") or sign in ("<!", "<?"):
            return
        gate = self.start()
        rest = self.context.fill(rest)
        if sign == ">":
            gate.send(matching.fill(rest, gate.names))
        elif sign == "<":
            gate.expect_next(rest)
        elif sign == "<~":
            gate.expect(rest)
        elif sign == "<=":
            gate.expect_bytes(rest.encode())
        elif sign == "!":
            self.command(*rest.split(" ", 1))
        else:
            raise Failure("no such step")

    def command(self, word, rest=""):
        if word == "hello":
            self.gate.hello(**json.loads(rest or "{}"))
        elif word == "close":
            self.gate.close(int(rest or 0))
        elif word == "kill":
            pids = processes.with_words(self.context.dir, self.context.fake_path, f"name={rest}")
            self.context.check(pids, f"no process of server {rest}")
            processes.kill_all(pids)
        elif word == "signal":
            self.gate.kill(getattr(signal, "SIG" + rest))
            self.gate.wait(None)
        elif word == "wait-history":
            self.context.wait_history(int(rest))
        elif word == "stderr":
            self.context.wait(lambda: fnmatch.fnmatchcase(self.gate.stderr, rest), f"stderr is {self.gate.stderr!r}")
        else:
            raise Failure(f"no such command: {word}")


def golden(context):
    """Returns the record as text, one line per call, with values that differ from run to run replaced."""
    sessions, calls = {}, []
    for number, call in enumerate(context.history(), 1):
        call["id"], call["at"] = f"#{number}", "AT"
        if call["late_at"]:
            call["late_at"] = "AT"
        call["session"] = sessions.setdefault(call.get("session"), f"S{len(sessions) + 1}")
        call["duration_ms"] = "MS"
        for key in ("args_bytes", "result_bytes"):  # they depend on the length of paths
            call[key] = "BYTES" if call[key] else 0
        for key in ("pid", "exe"):
            if call.get("client", {}).get(key):
                call["client"][key] = key.upper()
        calls.append(json.dumps(call, ensure_ascii=False).replace(str(context.dir), "@DIR@")
                     .replace(str(context.case), "@CASE@"))
    return "".join(call + "\n" for call in calls)


def compare_golden(context, path):
    text = golden(context)
    if os.environ.get("ACCEPT") == "1":
        path.write_text(text, "utf-8")
        raise Skip("golden rewritten")
    wanted = path.read_text("utf-8")
    if text != wanted:
        raise Failure(f"the record differs from {path.name}:\n--- expected\n{wanted}--- actual\n{text}")


def run_case(case, context):
    config, script, module = case / "config.json", case / "script", case / "case.py"
    if config.exists():
        context.write_config(config.read_text("utf-8", "surrogateescape"))
    if module.exists():
        spec = importlib.util.spec_from_file_location(f"case_{case.name}", module)
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        loaded.run(context)
    if script.exists():
        Script(context, script.read_text("utf-8", "surrogateescape")).run()
    context.close()
    if (case / "calls.out").exists():
        compare_golden(context, case / "calls.out")


def attempt(case, folder, options):
    """Runs one case. Returns ("passed" | "failed" | "skipped", why, seconds)."""
    began = time.monotonic()
    context = harness.Context(case, folder, options.callgate, options.fake)
    verdict, why = "passed", ""
    try:
        run_case(case, context)
    except Failure as failure:
        verdict, why = "failed", str(failure)
    except Skip as skip:
        verdict, why = "skipped", str(skip)
    except Exception:  # a broken case must not end the others
        verdict, why = "failed", traceback.format_exc()
    left = context.clean_up()
    if left:
        verdict, why = "failed", (why + "\n    " if why else "") + f"processes were left: {left}"
    if not options.keep:
        context.remove()
    return verdict, why, time.monotonic() - began


def main():
    parser = argparse.ArgumentParser(description="Runs the end-to-end cases.")
    parser.add_argument("-j", type=int, default=2, dest="jobs", help="cases at once")
    parser.add_argument("--keep", action="store_true", help="keep the cases' folders and print where they are")
    parser.add_argument("--control", action="store_true", help="run against a naive gate, which should fail nearly all cases")
    parser.add_argument("-v", "--verbose", action="store_true", help="print passed cases too")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    options = parser.parse_args()
    if options.control:
        os.environ["CALLGATE"] = str(harness.HERE / "naive_gate.py")
    for name in ("callgate", "fake"):
        path = os.environ.get(name.upper())
        if not path or not os.access(path, os.X_OK):
            parser.error(f"{name.upper()} must name a program")
        setattr(options, name, str(pathlib.Path(path).resolve()))
    chosen = [case for case in sorted(CASES.iterdir()) if case.is_dir() and
              (not options.cases or any(case.name.startswith(word) for word in options.cases))]
    root = pathlib.Path(tempfile.mkdtemp(prefix="cg-")).resolve()
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = {pool.submit(attempt, case, root / str(n), options): case for n, case in enumerate(chosen)}
        for job in concurrent.futures.as_completed(jobs):
            verdict, why, seconds = job.result()
            counts[verdict] += 1
            if verdict != "passed" or options.verbose:
                print(f"{verdict:7} {jobs[job].name} ({seconds:.1f} s){': ' + why if why else ''}", flush=True)
    if options.keep:
        print(f"folders are in {root}")
    else:
        try:
            root.rmdir()
        except OSError:
            pass
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return 1 if counts["failed"] or not counts["passed"] + counts["skipped"] else 0


if __name__ == "__main__":
    sys.exit(main())
