#!/usr/bin/env python3
"""Runs the end-to-end cases: folders of dialogues with a real `callgate` and fake servers.

usage: run.py [-j N] [-v] [--keep] [--control] [CASE…]      CASE is a folder's name or a beginning of it
environment: CALLGATE and FAKE (the two programs), ACCEPT=1 (rewrite goldens), E2E_SLOW=N (stretch all deadlines)

A case is a folder under cases/ with
  config.json  the configuration; @FAKE@ @DIR@ @CASE@ @CALLGATE@ stand for paths; a first list waits for every server,
               unless limits.first_list is in it
  script       a dialogue, a line a step:
      > TEXT         sends the line; "$name" (with quotes) is what an earlier expectation learnt
      < JSON         the next message is exactly this
      <~ JSON        the next message that matches this subset (patterns: matching.py)
      <= TEXT        the next message holds these very bytes
      <? JSON        such messages may come at any time
      <! JSON        such a message must never come
      ! hello [JSON] initialize (with these params) and initialized
      ! close [N]    end of input; the gate must end with status N (0)
      ! kill SERVER  SIGKILL to that fake server
      ! signal NAME  signal to the gate
      ! wait-history N   until N calls are finished in the record
      ! stderr GLOB  the gate's stderr matches
      # comment
  calls.out    the record afterwards, with what changes from run to run replaced
or case.py with run(context), for what no dialogue can say. Everything that a case writes is in a folder of its own;
afterwards no process that knows this folder may be left.
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
    """The record as text that is the same in every run, a call a line."""
    sessions, calls = {}, []
    for number, call in enumerate(context.history(), 1):
        call["id"], call["at"] = f"#{number}", "AT"
        call["session"] = sessions.setdefault(call.get("session"), f"S{len(sessions) + 1}")
        call["duration_ms"] = "MS"
        for key in ("args_bytes", "result_bytes"):  # they hold paths
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
        raise Failure(f"the record is not {path.name}:\n--- wanted\n{wanted}--- is\n{text}")


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
    """Runs one case; ("passed" | "failed" | "skipped", why, seconds)."""
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
    parser.add_argument("--keep", action="store_true", help="keep the cases' folders and say where they are")
    parser.add_argument("--control", action="store_true", help="run against a naive gate, which should fail nearly all")
    parser.add_argument("-v", "--verbose", action="store_true", help="name passed cases too")
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
