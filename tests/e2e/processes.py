"""Finds the processes of a test by their environment variables, never by name alone."""
import os
import signal
import sys
import time

MARK = "CALLGATE_E2E"


def _read(pid, what):
    try:
        with open(f"/proc/{pid}/{what}", "rb") as file:
            return file.read()
    except OSError:
        return b""


def marked(folder):
    """Returns the pids of running processes with a variable that names the folder or a path in it.

    Works on Linux only; elsewhere it returns none."""
    if not sys.platform.startswith("linux"):
        return []
    wanted = os.fsencode(str(folder))
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        for variable in _read(name, "environ").split(b"\0"):
            value = variable.partition(b"=")[2]
            if value == wanted or value.startswith(wanted + b"/"):
                found.append(int(name))
                break
    return found


def command(pid):
    return [os.fsdecode(word) for word in _read(pid, "cmdline").split(b"\0")[:-1]]


def with_words(folder, *words):
    """Returns the marked processes whose arguments include all these words."""
    return [pid for pid in marked(folder) if set(words) <= set(command(pid))]


def wait_gone(folder, limit, but=()):
    """Waits at most `limit` seconds until no marked process is left. Returns those that are, as (pid, command) pairs."""
    end = time.monotonic() + limit
    while True:
        left = [pid for pid in marked(folder) if pid not in but]
        if not left or time.monotonic() > end:
            return [(pid, command(pid)) for pid in left]
        time.sleep(0.01)


def kill_all(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
