"""Rules against loops that other programs publish, reimplemented to compare them with ours on the same sessions.

Each rule takes the calls of a session and returns the index at which it would stop the agent (pipelock: warn), or None. The sources,
as of November 2026:
  OpenHands   openhands/controller/stuck.py (331a1a43): the last 4 (call, answer) pairs equal; the last 3 calls equal and all
              errors; two pairs taking turns over the last 6. Its rules on messages don't concern tools.
  Gemini CLI  packages/core/src/services/loopDetectionService.ts (022f913d): TOOL_CALL_LOOP_THRESHOLD = 5 equal calls in a row.
              Its check by a language model after 30 turns is left out, because no model is available.
  Cline       src/core/task/loop-detection.ts (59229327): 5 equal calls in a row (3: a warning), `task_progress` aside.
  Crush       internal/agent/loop_detection.go (248fc9c0): in the last 10 steps, one (call, answer) more than 5 times.
  pipelock    internal/mcp/chains/{classify,matcher}.go (19c27a0c, 13bc0aa1): kinds of tools by name, eight sequences of kinds with
              at most 3 others between, in the last 20 calls of 60 s.
"""
import json
import re


def _arguments(call, without=()):
    return json.dumps({k: v for k, v in (call.get("args") or {}).items() if k not in without}, sort_keys=True)


def _call(call):
    return call["tool"], json.dumps(call.get("args"))


def _pair(call):
    return _call(call) + (call["result"],)


def _is_error(call):
    return bool(call.get("is_error")) or call["result"].lstrip().lower().startswith(("error", "traceback", "fatal"))


def _in_a_row(keys, count):
    run, before = 0, None
    for at, key in enumerate(keys):
        run = run + 1 if key == before else 1
        before = key
        if run >= count:
            return at
    return None


def open_hands(calls):
    pairs = [_pair(c) for c in calls]
    for at in range(len(calls)):
        last = pairs[max(0, at - 5):at + 1]
        if len(last) >= 4 and len(set(last[-4:])) == 1:
            return at
        if at >= 2 and len({_call(c) for c in calls[at - 2:at + 1]}) == 1 and all(_is_error(c) for c in calls[at - 2:at + 1]):
            return at
        if len(last) == 6 and len(set(last[0::2])) == 1 and len(set(last[1::2])) == 1:
            return at
    return None


def gemini(calls):
    return _in_a_row([_call(c) for c in calls], 5)


def cline(calls):
    return _in_a_row([(c["tool"], _arguments(c, ("task_progress",))) for c in calls], 5)


def crush(calls):
    pairs = [_pair(c) for c in calls]
    for at in range(9, len(pairs)):
        window = pairs[at - 9:at + 1]
        if max(window.count(p) for p in set(window)) > 5:
            return at
    return None


_KINDS = {
    "exec": {"shell", "bash", "run", "execute", "cmd", "spawn", "eval", "sh", "zsh", "powershell"},
    "persist": {"crontab", "cron", "systemctl", "systemd", "launchd", "launchctl", "autostart"},
    "env": {"env", "environ", "getenv", "secret", "credential", "config", "token", "key", "password"},
    "network": {"fetch", "curl", "wget", "http", "request", "send", "post", "upload", "download", "api"},
    "write": {"write", "create", "save", "update", "edit", "modify", "put", "append", "insert"},
    "read": {"read", "get", "view", "cat", "head", "tail", "open", "load", "retrieve", "access"},
    "list": {"list", "ls", "dir", "find", "glob", "search", "scan", "enumerate", "walk"},
}
_CHAINS = [("read", "exec"), ("read", "write", "network"), ("env", "network"), ("list", "list", "read"), ("write", "exec"),
           ("write", "exec", "exec"), ("read", "write"), ("exec", "exec", "exec", "exec")]


def _kind(tool):
    words = {w.lower() for w in re.split(r"[_.\-]+", tool) if w}
    return next((kind for kind, names in _KINDS.items() if words & names), None)


def _matches(kinds, chain):
    for start, kind in enumerate(kinds):
        if kind != chain[0]:
            continue
        step, gap = 1, 0
        for other in kinds[start + 1:]:
            if step == len(chain):
                break
            if other == chain[step]:
                step, gap = step + 1, 0
            else:
                gap += 1
                if gap > 3:
                    break
        if step == len(chain):
            return True
    return False


def pipelock(calls):
    seen = []
    for at, call in enumerate(calls):
        kind = _kind(call["tool"])
        if kind is None:
            continue
        t = call.get("t", 10.0 * at)
        seen = [s for s in seen if s[1] >= t - 60][-19:] + [(kind, t)]
        if any(_matches([s[0] for s in seen], chain) for chain in _CHAINS):
            return at
    return None


RULES = [("OpenHands", open_hands), ("Gemini CLI", gemini), ("Cline", cline), ("Crush", crush), ("pipelock (warns)", pipelock)]
