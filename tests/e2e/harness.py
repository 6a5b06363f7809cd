"""The environment of a case: its own folder, the gates that run in it, and their history."""
import collections
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

import matching
import processes

SLOW = float(os.environ.get("E2E_SLOW", "1"))
STANDALONE = os.environ.get("E2E_STANDALONE") == "1"  # each client of a case has a gate process of its own
DEADLINE = 10.0 * SLOW
GONE_WITHIN = 10.0 * SLOW  # servers may take their stop_timeout to end
HERE = pathlib.Path(__file__).resolve().parent


class Failure(Exception):
    """The case's expectation did not hold."""


class Skip(Exception):
    """The case cannot run here."""


class Gate:
    """One `callgate` process as a client sees it."""

    def __init__(self, context, arguments=(), env=None, command=None, name="gate", stderr=None):
        """`stderr` is a descriptor that replaces the file from which the case reads stderr."""
        self.context, self.name = context, name
        self.names, self.arrived, self.allowed, self.forbidden = {}, collections.deque(), [], []
        self._all, self._ids, self._changed, self._ended = [], itertools.count(1), threading.Condition(), False
        self.stderr_file = context.dir / f"{name}.stderr"
        with open(self.stderr_file, "ab") as file:
            self.process = subprocess.Popen(
                command or [context.callgate_path, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=file if stderr is None else stderr, cwd=context.dir, env={**context.env, **(env or {})}, start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        context.gates.append(self)

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.arrived.append(line.rstrip(b"\n"))
                self._all.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def stderr(self):
        return self.stderr_file.read_text("utf-8", "replace")

    # Sending

    def told(self, *words):
        """Waits until all words are on stderr."""
        self.context.wait(lambda: all(word in self.stderr for word in words), lambda: f"{words} on stderr: {self.trace()}")

    def send_bytes(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            raise Failure(f"{self.name} has stopped reading; stderr: {self.stderr[-2000:]}") from None

    def send(self, message):
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        self.send_bytes(text.encode("utf-8", "surrogateescape") + b"\n")

    def notify(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method, **({"params": params} if params is not None else {})})

    def start(self, method, params=None, id=None):
        """Sends a request and returns its id."""
        id = f"r{next(self._ids)}" if id is None else id
        self.send({"jsonrpc": "2.0", "id": id, "method": method, **({"params": params} if params is not None else {})})
        return id

    def answer(self, id, result):
        self.send({"jsonrpc": "2.0", "id": matching.plain(id), "result": result})

    # Receiving

    def take(self, accept, what, limit=None):
        """Waits for a line for which `accept` returns True, removes it from the queue and returns it.

        Lines for which `accept` returns False stay in the queue. If it returns None, the case fails."""
        end = time.monotonic() + (limit or DEADLINE)
        with self._changed:
            while True:
                for index, line in enumerate(self.arrived):
                    verdict = accept(line)
                    if verdict:
                        del self.arrived[index]
                        return line
                    if verdict is None:
                        raise Failure(f"another message came before {what}; {self.trace()}")
                if self._ended:
                    raise Failure(f"{self.name} ended; still expected {what}; {self.trace()}")
                if not self._changed.wait(end - time.monotonic()) and time.monotonic() > end:
                    raise Failure(f"timed out waiting for {what}; {self.trace()}")

    def trace(self):
        waiting = [line.decode("utf-8", "replace")[:1500] for line in self.arrived]
        return f"waiting: {waiting}; stderr: {self.stderr[-1500:]!r}"

    def expect(self, pattern, limit=None):
        """Waits for the next message that matches and returns it parsed. Other messages stay in the queue."""
        if not isinstance(pattern, str):
            pattern = json.dumps(pattern)
        wanted = matching.parse(pattern)
        line = self.take(lambda line: matching.matches(wanted, self._parsed(line), self.names), pattern, limit)
        return self._parsed(line)

    def expect_next(self, pattern, exact=True, limit=None):
        """Expects that the next message matches, apart from messages that `allowed` covers. Returns it parsed."""
        wanted = matching.parse(pattern)

        def accept(line):
            message = self._parsed(line)
            if matching.matches(wanted, message, self.names, exact):
                return True
            return False if self._is_allowed(message) else None

        return self._parsed(self.take(accept, pattern, limit))

    def expect_bytes(self, part, limit=None):
        return self.take(lambda line: True if part in line else None, f"bytes {part!r}", limit)

    def _parsed(self, line):
        try:
            return matching.parse(line.decode("utf-8", "surrogateescape"))
        except ValueError:
            raise Failure(f"{self.name} wrote a line that is not JSON: {line[:500]!r}") from None

    def _is_allowed(self, message):
        return any(matching.matches(pattern, message, dict(self.names)) for pattern in self.allowed)

    def reply(self, id, limit=None):
        """Waits for the answer to that id. Returns it parsed, with Python's numbers."""
        wanted, last = matching.parse(json.dumps(id)), {}

        def accept(line):
            last.clear()
            last.update(self._parsed(line))
            return last.get("id") == wanted

        self.take(accept, f"the answer to {id!r}", limit)
        return matching.plain(last)

    def request(self, method, params=None, limit=None):
        return self.reply(self.start(method, params), limit)

    def call(self, tool, arguments=None, limit=None, meta=None):
        params = {"name": tool, "arguments": arguments or {}}
        if meta is not None:
            params["_meta"] = meta
        return self.request("tools/call", params, limit)

    def text(self, tool, arguments=None, limit=None):
        """Makes a call and returns the first text of its result."""
        answer = self.call(tool, arguments, limit)
        try:
            return answer["result"]["content"][0]["text"]
        except (KeyError, IndexError):
            raise Failure(f"{tool} returned no text: {json.dumps(answer)[:1000]}") from None

    def tools(self, limit=None):
        return [tool["name"] for tool in self.request("tools/list", {}, limit)["result"]["tools"]]

    def hello(self, **params):
        full = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"},
                **params}
        answer = self.request("initialize", full)
        if "result" not in answer:
            raise Failure(f"initialize failed: {answer}")
        self.notify("notifications/initialized")
        return answer["result"]

    # The end

    def close(self, status=0):
        """Closes the gate's stdin. The gate must exit by itself, and no message may be left unread."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        self.wait(status)
        for line in self.arrived:
            if not self._is_allowed(self._parsed(line)):
                raise Failure(f"{self.name} also wrote: {line[:1000]!r}")

    def wait(self, status=0):
        try:
            got = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} does not end; {self.trace()}") from None
        self._reader.join(DEADLINE)
        self.process.stdout.close()
        if status is not None and got != status:
            raise Failure(f"{self.name} ended with {got}, not {status}; {self.trace()}")
        for line in self._all:
            for pattern in self.forbidden:
                if matching.matches(pattern, self._parsed(line), dict(self.names)):
                    raise Failure(f"{self.name} wrote a forbidden message: {line[:1000]!r}")

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)


def patient(text, gateway):
    """Returns the configuration with the keys of `gateway`, and with limits.first_list set, so that the first list waits for every
    server on a busy machine.

    What a configuration sets itself is unchanged, and so is text that is not plain JSON."""
    try:
        config = json.loads(text)
    except ValueError:
        return text
    if not isinstance(config, dict) or not config.get("mcpServers"):
        return text
    if isinstance(config.setdefault("gateway", {}), dict):
        config["gateway"] = {**gateway, **config["gateway"]}
    limits = config.get("limits", {})
    if not isinstance(limits, dict) or "first_list" in limits:
        return json.dumps(config, indent=2)
    config["limits"] = {**limits, "first_list": f"{int(DEADLINE * 800)}ms"}  # shorter than a case waits for an answer
    return json.dumps(config, indent=2)


class Context:
    """The environment of one case.

    The case's folder is in the environment variables of every process that it starts, so that processes that stay are found."""

    def __init__(self, case, folder, callgate, fake):
        self.case, self.dir, self.callgate_path, self.fake_path = case, folder, callgate, fake
        self.state = folder / "state"
        self.config_file = folder / "config.json"
        self.gates = []
        # The keys of "gateway" that each configuration of the case gets. A shared gate ends soon after its last client.
        self.gateway = {"idle_exit": "1s", **({"shared": "off"} if STANDALONE else {})}
        for name in ("home", "tmp"):
            (folder / name).mkdir(parents=True)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"),
                    "LANG": "C.UTF-8", processes.MARK: str(folder), "CALLGATE_CONFIG": str(self.config_file),
                    "CALLGATE_STATE": str(self.state)}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def fill(self, text):
        return (text.replace("@FAKE@", self.fake_path).replace("@DIR@", str(self.dir))
                .replace("@CASE@", str(self.case)).replace("@CALLGATE@", self.callgate_path))

    def write_config(self, config):
        text = config if isinstance(config, str) else json.dumps(config, indent=2)
        self.config_file.write_text(self.fill(patient(text, self.gateway)), "utf-8", "surrogateescape")

    def servers(self, **modes):
        """Writes a configuration with one fake server per name: servers(fs=["tools=echo"])."""
        self.write_config({"mcpServers": {name: self.server(name, *words) for name, words in modes.items()}})

    def server(self, name, *words, **keys):
        return {"command": self.fake_path, "args": [f"name={name}", *words], **keys}

    def python_server(self, code, **env):
        """A server that runs this Python code, which calls `serve` of small_server.py."""
        start = f"import sys; sys.path.insert(0, {str(HERE)!r}); from small_server import serve\n"
        return {"command": sys.executable, "args": ["-c", start + code], "env": env}

    def gate(self, *arguments, apart=False, **options):
        """Starts a gate.

        With `apart`, a shell starts it, so that this process is not its client. Commands that change rights are refused for
        descendants of a client."""
        if apart:
            options["command"] = ["sh", "-c", '"$0" "$@"; exit $?', self.callgate_path, *arguments]
        return Gate(self, arguments, **options)

    def attached(self, *arguments, **options):
        """Starts a gate with a session, whose client the shared gate serves. A slow machine may need several tries."""
        for _ in range(5):
            gate = self.gate(*arguments, **options)
            gate.hello()
            if "a gate process of its own" not in gate.stderr:
                return gate
            gate.close()
        raise Failure(f"the shared gate does not serve the client: {gate.stderr}")

    def run(self, *arguments, env=None, status=0, limit=None):
        """Runs another command of callgate and returns its stdout."""
        end = time.monotonic() + DEADLINE
        while True:
            done = subprocess.run([self.callgate_path, *arguments], cwd=self.dir, env={**self.env, **(env or {})},
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=limit or DEADLINE * 2, check=False)
            # A gate opens its control socket only a moment after its start.
            early = status not in (None, done.returncode) and b"no gate process runs" in done.stderr
            if not early or time.monotonic() > end:
                break
            time.sleep(0.05)
        if status is not None and done.returncode != status:
            raise Failure(f"callgate {' '.join(arguments)} ended with {done.returncode}, not {status}: "
                          f"{done.stdout[-1000:]!r} {done.stderr[-1000:]!r}")
        return done.stdout.decode("utf-8", "surrogateescape")

    def fails(self, *arguments, code, says=(), env=None, status=1):
        """Expects that a start fails, with the stable code and all words of `says` on stderr, and nothing on stdout."""
        done = subprocess.run([self.callgate_path, *arguments], cwd=self.dir, env={**self.env, **(env or {})},
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE * 2, check=False)
        stderr = done.stderr.decode("utf-8", "replace")
        self.check(done.returncode == status, f"exit status {done.returncode}, not {status}; stderr: {stderr}")
        self.check(f"({code})" in stderr, f"no code ({code}) in: {stderr}")
        self.check(not done.stdout, f"stdout must hold only the protocol: {done.stdout[:500]!r}")
        for word in says:
            self.check(word in stderr, f"'{word}' is not in: {stderr}")
        return stderr

    def history(self, *arguments):
        """Returns the calls of the record, oldest first."""
        listed = json.loads(self.run("history", "--json", "--limit", "0", *arguments, status=None) or '{"calls":[]}')
        return list(reversed(listed["calls"]))

    def wait_history(self, count, done=lambda call: call["outcome"] != "pending"):
        end = time.monotonic() + DEADLINE
        while True:
            calls = self.history()
            if sum(map(done, calls)) >= count:
                return calls
            if time.monotonic() > end:
                raise Failure(f"history does not have {count} such calls: {str(calls)[:2000]}")
            time.sleep(0.05)

    def wait(self, condition, what):
        end = time.monotonic() + DEADLINE
        while not condition():
            if time.monotonic() > end:
                raise Failure(f"timed out: {what() if callable(what) else what}")
            time.sleep(0.01)

    def lines(self, name):
        path = self.dir / name
        return path.read_text("utf-8", "surrogateescape").splitlines() if path.exists() else []

    def check(self, condition, message):
        if not condition:
            raise Failure(message)

    def equal(self, got, wanted, what):
        if got != wanted:
            raise Failure(f"{what}: {got!r}, not {wanted!r}")

    def close(self):
        """Closes every gate that still runs."""
        for gate in self.gates:
            if gate.process.poll() is None:
                gate.close()

    def clean_up(self):
        """Kills all gates and every process that is left. Returns the processes that outlived the gates."""
        for gate in self.gates:
            if gate.process.poll() is None:
                gate.kill()
                gate.process.wait()
            gate._reader.join(DEADLINE)
            for pipe in (gate.process.stdin, gate.process.stdout):
                try:
                    pipe.close()
                except OSError:
                    pass
        left = processes.wait_gone(self.dir, GONE_WITHIN)
        processes.kill_all(pid for pid, _ in left)
        return left

    def remove(self):
        for path in self.dir.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
        shutil.rmtree(self.dir, ignore_errors=True)


def soak_context():
    """Returns the environment of a soak test, in a new folder, which remove_soak() removes."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="cg-")).resolve()
    return Context(HERE, root / "soak", os.path.abspath(os.environ["CALLGATE"]), os.path.abspath(os.environ["FAKE"]))


def remove_soak(context):
    context.remove()
    context.dir.parent.rmdir()


def run_steps(steps, seed):
    """Runs the steps of a soak test, pairs of a name and a function, and prints their failures. Returns how many passed and failed."""
    passed = failed = 0
    for name, action in steps:
        try:
            action()
            passed += 1
        except (Failure, OSError, subprocess.TimeoutExpired) as failure:
            failed += 1
            print(f"failed  {name} (seed {seed}): {failure}", flush=True)
    return passed, failed


def end_soak(context, passed, failed):
    """Cleans up after a soak test, whose folder stays if it has failed. Prints the sum and returns the exit status."""
    if context.clean_up():
        failed += 1
    if failed:
        print(f"the folder of the soak is {context.dir}")
    else:
        remove_soak(context)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
