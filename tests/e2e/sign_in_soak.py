#!/usr/bin/env python3
"""Renews the sign-in to a remote server again and again, from several gate processes at once.

usage: sign_in_soak.py [--seconds N] [--kills N] [--seed N]     environment: CALLGATE

The authorization server is strict: it accepts each refresh token once, and whoever uses one a second time ends the whole sign-in. An access
token ends when the next one is given. It says that its tokens last 31 seconds. Callgate renews a token 30 seconds before its end, so there
is one renewal a second; this is how a day of tokens of a minute passes in some minutes.

1. Ten sessions in three gate processes make calls without a pause for N seconds. Afterwards:
   - each token was renewed once, and the sign-in was never lost;
   - each call had its answer.
2. N times, a gate process is killed at the moment at which it gets the answer of the authorization server. Afterwards the sign-in is as
   before, or callgate says plainly that it was lost and why, and one sign-in repairs it.
3. No token, code or secret is in any file except the file of the sign-ins, nor in what callgate printed.
"""
import argparse
import collections
import os
import pathlib
import random
import signal
import sys
import threading
import time

import harness
import processes
from sign_in_server import SignInServer

SESSIONS = 10
LOST = "a callgate process ended while it was renewing the sign-in"


def check(condition, message):
    if not condition:
        raise harness.Failure(message)


class Soak:
    def __init__(self, context, options):
        self.context, self.options, self.chance = context, options, random.Random(options.seed)
        self.counts, self.lock, self.failures = collections.Counter(), threading.Lock(), []
        self.server = SignInServer(expires_in=31, strict=True)
        self.browser = f"{sys.executable} {harness.HERE / 'sign_in_browser.py'} {context.dir / 'page'}"

    def sign_in(self):
        self.counts["sign-ins"] += 1
        self.context.run("auth", "login", "r", env={"BROWSER": self.browser}, limit=60)

    def run(self):
        remote = {"url": self.server.url}
        self.context.write_config({"gateway": {"shared": "auto", "idle_exit": "1s"}, "mcpServers": {"r": remote}})
        self.sign_in()
        alone = self.context.dir / "alone.json"
        alone.write_text(self.context.config_file.read_text().replace('"auto"', '"off"'))
        threads = []
        for number in range(SESSIONS):
            # The last two have gate processes of their own.
            env = {"CALLGATE_CONFIG": str(alone)} if number >= SESSIONS - 2 else {}
            threads.append(threading.Thread(target=self.calls, args=(number, env)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        check(not self.failures, "; ".join(self.failures)[:3000])
        tokens = [form for _, _, form, _ in self.server.asked("/token") if form.get("grant_type") == "refresh_token"]
        self.counts["renewals"] = len(tokens)
        used = collections.Counter(form["refresh_token"] for form in tokens)
        check(max(used.values()) == 1, f"a refresh token was used {max(used.values())} times")
        check(self.server.replays == 0, f"{self.server.replays} refresh tokens were used again")
        check(len(tokens) >= self.options.seconds // 3, f"only {len(tokens)} renewals in {self.options.seconds} s")
        check(len(self.server.asked("/authorize")) == 1, "more than one sign-in")

    def calls(self, number, env):
        try:
            gate = self.context.gate(name=f"s{number}", env=env)
            gate.hello(clientInfo={"name": f"client{number}", "version": "1"})
            check("r__whoami" in gate.tools(60), "the server has no tools")
            end = time.monotonic() + self.options.seconds
            while time.monotonic() < end and not self.failures:
                text = gate.text("r__whoami", limit=60)
                check(text == "you are ada", text)
                with self.lock:
                    self.counts["calls"] += 1
            gate.close()
        except harness.Failure as failure:
            self.failures.append(f"session {number}: {failure}")

    def kill_in_renewal(self):
        """Kills the gate process when the server has changed the tokens, before or shortly after it has the answer."""
        before = len(self.server.asked("/token"))
        delay = self.chance.choice((None, 0, 0, 0.002, 0.005, 0.01))
        gate = self.context.gate(apart=True, name=f"k{self.counts['kills']}", env={"CALLGATE_CONFIG": str(self.context.dir / "alone.json")})

        def kill():
            if delay:
                time.sleep(delay)
            os.killpg(gate.process.pid, signal.SIGKILL)

        self.server.on_refresh = (kill, delay is not None)
        gate.hello()
        end = time.monotonic() + 30
        while gate.process.poll() is None and time.monotonic() < end:
            try:
                gate.start("tools/call", {"name": "r__whoami", "arguments": {}})
            except harness.Failure:
                break
            time.sleep(0.02)
        check(gate.process.poll() is not None or len(self.server.asked("/token")) > before, "no renewal was killed")
        gate.wait(None)
        self.server.on_refresh = None
        self.counts["kills"] += 1

    def kills(self):
        for _ in range(self.options.kills):
            self.kill_in_renewal()
            self.after_kill()

    def after_kill(self):
        gate = self.context.gate(apart=True, name=f"a{self.counts['kills']}", env={"CALLGATE_CONFIG": str(self.context.dir / "alone.json")})
        gate.hello()
        answer = gate.call("r__whoami", limit=60)
        if "result" not in answer:
            message = answer["error"]["message"]
            check("callgate auth login r" in message and LOST in message, f"what was lost is not said plainly: {message}")
            self.counts["lost"] += 1
            self.sign_in()
            self.context.wait(lambda: "result" in gate.call("r__whoami", limit=60), "the call works after one sign-in")
        gate.close()

    def check_canaries(self):
        kept = self.context.state / "sign-ins" / "secrets"
        for path in kept.parent.iterdir():
            check(oct(path.stat().st_mode & 0o777) == "0o600", f"others may read {path.name}")
        for path in pathlib.Path(self.context.dir).rglob("*"):
            # A process that was killed may have left an unfinished file, which a later one removes.
            if not path.is_file() or path.parent == kept.parent and path.name.startswith("secrets"):
                continue
            data = path.read_bytes()
            found = [canary for canary in self.server.canaries if canary.encode() in data]
            check(not found, f"{path.relative_to(self.context.dir)} has {found[:3]}")
        for words in (("auth", "status"), ("auth", "status", "--json"), ("status", "--json"), ("doctor", "--no-start"), ("history", "--json")):
            text = self.context.run(*words, status=None)
            found = [canary for canary in self.server.canaries if canary in text]
            check(not found, f"callgate {' '.join(words)} prints {found[:3]}")

    def check_rest(self):
        self.server.close()
        self.context.wait(lambda: not processes.with_words(self.context.dir, "shared-gate"), "the shared gate ends by itself")
        left = processes.wait_gone(self.context.dir, harness.GONE_WITHIN)
        check(not left, f"{len(left)} processes are left: {left[:3]}")


def main():
    parser = argparse.ArgumentParser(description="Renews the sign-in to a remote server again and again.")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    context = harness.soak_context()
    soak = Soak(context, options)
    steps = (("renewals", soak.run), ("kills", soak.kills), ("canaries", soak.check_canaries), ("processes", soak.check_rest))
    passed, failed = harness.run_steps(steps, options.seed)
    print(f"{dict(soak.counts)}", flush=True)
    return harness.end_soak(context, passed, failed)


if __name__ == "__main__":
    sys.exit(main())
