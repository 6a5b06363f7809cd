#!/usr/bin/env python3
"""Starts many clients at the same moment, again and again. All must be served, by one shared gate.

    CALLGATE=… FAKE=… tests/e2e/start_storm.py [--fronts N] [--rounds N] [--strict]

Each round has a state folder of its own, so that the shared gate does not run yet. There are three kinds of rounds, in turns:

    plain      nothing is in the way
    stopped    the shared gate runs, but is stopped (SIGSTOP); each client must get its tools from a gate of its own
    locked     another process holds the lock of the start and never starts a gate
"""
import argparse
import fcntl
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import processes

HELLO = {"jsonrpc": "2.0", "id": 1, "method": "initialize",
         "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "storm", "version": "1"}}}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}
MOST = 2.5  # seconds that a client may wait longer because the shared gate does not answer
PATIENCE = 60


class Client:
    """One client with its callgate."""

    def __init__(self, callgate, environment, folder):
        self.began = time.monotonic()
        self.process = subprocess.Popen([callgate], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env=environment, cwd=folder)
        self.tools, self.seconds = None, None
        self.thread = threading.Thread(target=self._talk, daemon=True)
        self.thread.start()

    def _talk(self):
        try:
            lines = [HELLO, {"jsonrpc": "2.0", "method": "notifications/initialized"}, LIST]
            self.process.stdin.write("".join(json.dumps(line) + "\n" for line in lines).encode())
            self.process.stdin.flush()
            for line in self.process.stdout:
                answer = json.loads(line)
                if answer.get("id") == 2:
                    self.tools = [tool["name"] for tool in answer["result"]["tools"]]
                    self.seconds = time.monotonic() - self.began
                    return
        except (OSError, ValueError, KeyError) as error:
            self.tools = [str(error)]

    def close(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


class Round:
    def __init__(self, options, number):
        self.options = options
        self.kind = ("plain", "stopped", "locked")[number % 3] if options.kind == "all" else options.kind
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="storm-"))
        self.state = self.folder / "state"
        config = {"gateway": {"shared": "auto", "idle_exit": "1s"}, "limits": {"first_list": "20s"},
                  "mcpServers": {"fs": {"command": options.fake, "args": ["name=fs", "tools=echo"], "share": "all"}}}
        (self.folder / "config.json").write_text(json.dumps(config))
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), processes.MARK: str(self.folder),
                            "CALLGATE_CONFIG": str(self.folder / "config.json"), "CALLGATE_STATE": str(self.state)}
        self.faults, self.held, self.alone = [], [], 0  # alone: clients that the shared gate did not serve, in a plain round

    def client(self):
        return Client(self.options.callgate, self.environment, self.folder)

    def gates(self):
        done = subprocess.run([self.options.callgate, "status", "--json"], env=self.environment, capture_output=True, check=False)
        try:
            return json.loads(done.stdout)["processes"]
        except (ValueError, KeyError):
            return []

    def shared_gates(self):
        """Returns the pids of the shared gates. Waits for one, because a gate opens its control socket a moment after its start."""
        end = time.monotonic() + PATIENCE
        while True:
            shared = [gate["pid"] for gate in self.gates() if gate["how"] == "shared"]
            if shared or time.monotonic() > end:
                return shared
            time.sleep(0.02)

    def prepare(self):
        """Puts something in the way. Returns the pid of a stopped gate, or None."""
        if self.kind == "plain":
            return None
        first = self.client()
        first.thread.join(PATIENCE)
        shared = self.shared_gates()
        if self.kind == "stopped":
            self.held.append(first)
            if len(shared) != 1:
                self.faults.append(f"no shared gate to stop: {shared}")
                return None
            os.kill(shared[0], signal.SIGSTOP)
            return shared[0]
        first.close()
        end = time.monotonic() + PATIENCE
        while self.gates() and time.monotonic() < end:
            time.sleep(0.05)
        (lock,) = (self.state / "shared").glob("*.lock")
        self.lock = open(lock, "rb")  # pylint: disable=consider-using-with
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        return None

    def run(self):
        stopped = self.prepare()
        clients = [self.client() for _ in range(self.options.fronts)]
        for client in clients:
            client.thread.join(PATIENCE)
        wrong = [client.tools for client in clients if client.tools != ["fs__echo"]]
        if wrong:
            self.faults.append(f"{len(wrong)} of {len(clients)} clients did not get their tools: {wrong[:3]}")
        if self.kind == "plain":
            self.shared_gates()
            how = [gate["how"] for gate in self.gates()]
            self.alone = len(how) - 1
            if how.count("shared") != 1 or (self.alone and self.options.strict):
                self.faults.append(f"not one shared gate: {how}")
        if stopped:
            os.kill(stopped, signal.SIGCONT)
        for client in clients + self.held:
            client.close()
        left = processes.wait_gone(self.folder, 15)
        if left:
            self.faults.append(f"processes were left: {left}")
            processes.kill_all([pid for pid, _ in left])
        shutil.rmtree(self.folder, ignore_errors=True)
        return max((client.seconds or PATIENCE) for client in clients)


def main():
    parser = argparse.ArgumentParser(description="Starts many clients at once.")
    parser.add_argument("--fronts", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--kind", choices=("all", "plain", "stopped", "locked"), default="all")
    parser.add_argument("--strict", action="store_true", help="in a plain round, the shared gate must serve every client, however slow the machine is")
    options = parser.parse_args()
    options.callgate, options.fake = (os.path.abspath(os.environ[name]) for name in ("CALLGATE", "FAKE"))
    times, passed, failed, alone = {"plain": [], "stopped": [], "locked": []}, 0, 0, 0
    for number in range(options.rounds):
        one = Round(options, number)
        times[one.kind].append(one.run())
        passed, failed = passed + (not one.faults), failed + bool(one.faults)
        alone += one.alone
        for fault in one.faults:
            print(f"failed: round {number} ({one.kind}): {fault}", flush=True)
    for kind, all_times in times.items():
        if all_times:
            print(f"{kind}: the slowest client of a round got its tools after {statistics.median(all_times):.2f} s "
                  f"(greatest {max(all_times):.2f} s)")
    print(f"{alone} clients of plain rounds had a gate process of their own")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
