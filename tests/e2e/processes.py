"""Finds the processes of a test by what their environment says, never by name alone."""
import hashlib
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


def _hidden(pid):
    """Whether its environment is not for us: gates and wardens hide theirs, and root alone reads it."""
    try:
        with open(f"/proc/{pid}/environ", "rb"):
            return False
    except PermissionError:
        return True
    except OSError:
        return False


def _parent(pid):
    fields = _read(pid, "stat").rpartition(b") ")[2].split()
    return int(fields[1]) if len(fields) > 1 else 0


def _publishes(pid, folder):
    """Whether a gate's threads are named for the configuration or the state folder of a case (src/app/process/gate_privacy.cc)."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    letters = ["".join(alphabet[byte % 64] for byte in hashlib.sha256(os.fsencode(f"{folder}/{name}")).digest()[:3])
               for name in ("config.json", "state")]
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return False
    names = [os.fsdecode(_read(pid, f"task/{thread}/comm")) for thread in threads]
    return any(name.startswith("cg:") and (name[3:6] == letters[0] or name[9:12] == letters[1]) for name in names)


def _hidden_relatives(hidden, found, folder):
    """Hidden gates of the case, and hidden processes whose parent or child is the case's."""
    more = {pid for pid in hidden if _publishes(pid, folder)}
    parents = {pid: _parent(pid) for pid in {*hidden, *found}}
    while True:
        known = more | set(found)
        new = {pid for pid in hidden if pid not in known and (parents[pid] in known or any(parents.get(each) == pid for each in known))}
        if not new:
            return sorted(more)
        more |= new


def marked(folder):
    """Returns the pids of running processes with a variable that names the folder or a path in it.

    Works on Linux only; elsewhere it returns none."""
    if not sys.platform.startswith("linux"):
        return []
    wanted = os.fsencode(str(folder))
    found, hidden = [], []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        if _hidden(name):
            hidden.append(int(name))
            continue
        for variable in _read(name, "environ").split(b"\0"):
            value = variable.partition(b"=")[2]
            if value == wanted or value.startswith(wanted + b"/"):
                found.append(int(name))
                break
    hidden = [pid for pid in hidden if "callgate" in os.path.basename((command(pid) or [""])[0])]
    return found + _hidden_relatives(hidden, found, folder)


def children(pid):
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and _parent(name) == pid]


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
