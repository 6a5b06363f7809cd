#!/usr/bin/env python3
"""The commands as a person or a script uses them, over the record that `callgate demo` leaves.

usage: check_cli.py CALLGATE
"""
import json
import os
import pathlib
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from counting import expect, finish
from terminal import on_terminal as terminal_of

callgate = sys.argv[1]
folder = tempfile.mkdtemp(prefix="callgate-cli-")
env = {name: value for name, value in os.environ.items() if not name.startswith("CALLGATE_") and name not in ("COLUMNS", "NO_COLOR")}
env.update(TMPDIR=folder, TZ="UTC", TERM="xterm")


def run(*words, stdin="", extra=None):
    done = subprocess.run([callgate, *words], input=stdin, capture_output=True, text=True, timeout=60, env={**env, **(extra or {})}, check=False)
    return done.returncode, done.stdout, done.stderr


def check(words, code, out=None, err=None, stdin=""):
    got, stdout, stderr = run(*words, stdin=stdin)
    name = "callgate " + " ".join(words)
    expect(got == code, f"{name}: exit {got}, not {code}\n{stdout}{stderr}")
    if out is not None:
        expect(re.search(out, stdout), f"{name}: stdout is not like {out!r}:\n{stdout}")
    if err is not None:
        expect(re.search(err, stderr), f"{name}: stderr is not like {err!r}:\n{stderr}")
    return stdout


def on_terminal(*words):
    return terminal_of([callgate, *words], env)


def demo():
    got, out, err = run("demo")
    expect(got == 0, f"callgate demo: exit {got}\n{out}{err}")
    expect("ghp_" not in out, "callgate demo: its secret is in the history")
    place = re.search(r"The demo's files are in (\S+);", out).group(1)
    env.update(CALLGATE_CONFIG=f"{place}/config/config.json", CALLGATE_STATE=f"{place}/state")


def findings():
    guesses = [{"tool": "read_file", "args": {"path": f"/src/{word}.py"}, "result": "Error: ENOENT: no such file or directory"}
               for word in "alpha beta gamma delta omega sigma kappa lambda theta".split()]
    trace = os.path.join(folder, "trace.jsonl")
    with open(trace, "w", encoding="utf-8") as out:
        for name, calls in (("stuck", guesses), ("calm", [{"tool": "read_file", "args": {"path": "/a"}, "result": "text"}])):
            out.write(json.dumps({"name": name, "source": "test", "calls": calls}) + "\n")
    sessions = json.loads(check(["findings", "replay", trace, "--json"], 0))["sessions"]
    expect([each["name"] for each in sessions] == ["stuck", "calm"] and not sessions[1]["alarms"], f"sessions: {sessions}")
    hard = [alarm for alarm in sessions[0]["alarms"] if alarm["level"] == "hard"]
    expect(hard and hard[0]["rule"] == "R3" and hard[0]["call"] <= 6, f"hard alarms: {sessions[0]}")
    check(["findings", "replay", trace], 0, out=r"stuck +guessing hard", err="1 of 2 sessions has findings")
    record = json.loads(check(["findings", "replay", "--json"], 0))["sessions"]
    expect(len(record) == 1 and record[0]["alarms"] == [], f"the demo's own session: {record}")
    check(["findings", "replay", "--since", "7d", trace], 2, err="--since can.t be used with a file")
    check(["findings", "replay", "/nowhere"], 1, err="findings.trace")
    check(["findings", "replay", "/"], 1, err="/ can't be read")
    with open(trace, "w", encoding="utf-8") as out:
        out.write('{"name": "a", "calls": []}\n{"name": \n')
    check(["findings", "replay", trace], 1, err=r"trace.jsonl:2: ")


def usage():
    check(["histroy"], 2, err="unknown command 'histroy'; did you mean 'history'")
    check(["history", "lst"], 2, err="did you mean 'list'")
    check(["history", "--sevrer", "x"], 2, err="unknown option '--sevrer'; did you mean '--server'")
    check(["history", "list", "--limit", "many"], 2, err="--limit takes a whole number, not 'many'")
    check(["history", "list", "--limit"], 2, err="--limit needs a value")
    check(["history", "--since", "2x"], 2, err="'2x' is not a time")
    check(["history", "--outcome", "denid"], 2, err="did you mean 'denied'")
    check(["--json", "history", "--jsonl"], 2, err="exclude each other")
    check(["--colour", "never"], 2, err="did you mean '--color'")
    check(["history", "--color", "allways"], 2, err="did you mean 'always'")
    check(["history", "prune"], 2, err="--older-than is missing")
    check(["history", "sql", "delete from calls"], 2, err="refused")
    check(["call"], 2, err="NAME is missing")
    check(["call", "notes__add_note", "[1]"], 2, err="not a JSON object")
    check(["tools", "show"], 2, err="NAME is missing")
    check(["policy", "explain"], 2, err="NAME is missing")
    check(["--version"], 0, out=r"^callgate \d+\.\d+\.\d+")
    for words in ([], ["history"], ["history", "show"], ["call"]):
        check([*words, "--help"], 0, out=r"^usage: callgate")


def history():
    check(["history"], 0, out=r"(?m)^1-7 .*- cancelled")
    check(["--json", "history", "--limit", "2"], 0, out=r'"next":"1-6"\}\n$')
    page = json.loads(check(["history", "--json"], 0))
    expect(list(page) == ["calls", "next"] and page["next"] is None, "history --json: keys")
    keys = ("id at session client profile server tool exposed method era rounds waited_ms outcome decision rule duration_ms "
            "args_bytes result_bytes findings masked late_outcome late_at earlier account").split()
    expect(all(list(call) == keys for call in page["calls"]), f"history --json: keys of a call: {list(page['calls'][0])}")
    rows = [json.loads(line) for line in check(["history", "--jsonl", "--server", "notes", "--tool", "add_*"], 0).splitlines()]
    expect([row["id"] for row in rows] == ["1-2", "1-1"] and rows[0]["masked"] == 1, "history --jsonl with filters")
    check(["history", "--outcome", "denied", "--outcome", "cancelled", "--limit", "1"], 0, out="1-7")
    check(["history", "--until", "2020-01-01"], 3, err="no call matches")
    check(["history", "--before", "1-2"], 0, out=r"(?m)\A.*\n1-1 .*\n\Z")
    check(["history", "search", "mars"], 0, out="Mars/Olympus")
    check(["history", "search", "no such text"], 3)
    check(["history", "show"], 0, out=r"call +1-7")
    check(["history", "show", "@-2"], 0, out="counted to 5")
    detail = json.loads(check(["history", "show", "1-3", "--json"], 0))
    expect(detail["decision"] == "deny" and detail["because"] == "notes are kept" and detail["args"] == {"title": "shopping"}, "history show --json")
    check(["history", "show", "9-9"], 3, err="no call 9-9")
    check(["history", "tail", "-n", "2"], 0, out=r"\A1-6 .*\n1-7 .*\n\Z")
    check(["history", "stats"], 0, out=r"(?m)^notes\.delete_note +1 +0 +1 ")
    check(["history", "sql", "select count(*) as n from calls", "--json"], 0, out=r'^\{"rows":\[\{"n":"7"\}\]\}')
    check(["history", "prune", "--older-than", "1d", "--dry-run"], 3)
    got, _, err = run("history", extra={"CALLGATE_STATE": folder + "/none"})
    expect(got == 3 and err, f"history without a record: exit {got}")


def touched():
    """The demo's only call that would access data is denied."""
    check(["touched"], 3, err="no accessed data")
    expect(json.loads(check(["touched", "--json"], 3)) == {"by": "agent", "touched": [], "more": 0}, "touched --json without accessed data")
    check(["touched", "--by", "pth"], 2, err="did you mean 'path'")
    check(["touched", "--since", "never"], 2, err="never")
    rows = json.loads(check(["history", "sql", "select call, kind, op, outcome from touched", "--json"], 0))["rows"]
    expect(rows == [{"call": "1-4", "kind": "path", "op": "write", "outcome": "denied"}], f"the view of accessed data: {rows}")


def late_answers():
    """In a copy of the record, the cancelled call has a late answer, and another call has repeated it."""
    state = {"CALLGATE_STATE": folder + "/late"}
    os.mkdir(folder + "/late")
    source, copy = sqlite3.connect(f"{env['CALLGATE_STATE']}/callgate.db"), sqlite3.connect(folder + "/late/callgate.db")
    source.backup(copy)
    source.close()
    call = 1 << 32 | 7
    copy.execute("insert into payload(id, at, bytes) values (99, 0, ?)", [b'{"content":"numbers"}'])
    copy.execute("insert into late_answer(id, at, outcome, error_code, error, body, size, masked) "
                 "select ?, at + 2500000, 2, -32000, 'too late', 99, 21, 0 from event where id = ?", [call, call << 1 | 1])
    copy.execute("update event set outcome = 8, earlier = ? where id = ?", [call, (1 << 32 | 6) << 1 | 1])
    copy.commit()
    copy.close()
    _, out, _ = run("history", "show", "1-7", extra=state)
    expect(re.search(r"(?m)^result .*none\nlate .* rpc error 2\.5 s after the end of the call; the client did not get this answer\n"
                     r"error +too late \(-32000\)\nresult +21 B\n.*\n.*numbers", out), f"history show of a late answer:\n{out}")
    expect("earlier" not in out, f"history show of a call that repeated no other call:\n{out}")
    _, out, _ = run("history", "show", "1-6", extra=state)
    expect(re.search(r"(?m)^earlier +1-7: the client got the answer of that call, and this call was not made$", out), f"history show of a repeated call:\n{out}")
    _, out, _ = run("history", "show", "1-7", "--json", extra=state)
    late = json.loads(out)["late"]
    expect(late.pop("at") and late == {"outcome": "rpc_error", "error_code": -32000, "error": "too late", "result": {"content": "numbers"},
                                       "result_kept": True, "result_bytes": 21}, f"history show --json of a late answer: {out}")
    _, out, _ = run("history", extra=state)
    expect(re.search(r"(?m)^1-7 .*- cancelled .* late$", out) and re.search(r"(?m)^1-6 .*= repeated ", out), f"history with a late answer:\n{out}")
    _, out, _ = run("history", "--outcome", "repeated", "--jsonl", extra=state)
    rows = [json.loads(line) for line in out.splitlines()]
    expect([(row["id"], row["earlier"], row["late_outcome"]) for row in rows] == [("1-6", "1-7", None)], f"history --outcome repeated: {out}")
    _, out, _ = run("history", "search", "numbers", extra=state)
    expect(re.search(r"(?m)^1-7 .*late result: .*numbers", out), f"history search finds a late answer:\n{out}")
    tail = subprocess.Popen([callgate, "history", "tail", "-f", "-n", "0", "--outcome", "repeated"], stdout=subprocess.PIPE, text=True, env={**env, **state})
    with sqlite3.connect(folder + "/late/callgate.db") as copy:  # the time is later than that at which the command begins
        copy.execute("insert into late_answer(id, at, outcome, size, masked) values (?, ?, 0, 0, 0)", [1 << 32 | 6, int(time.time() + 60) * 1_000_000])
    copy.close()
    there = select.select([tail.stdout], [], [], 30)[0]
    line = tail.stdout.readline() if there else ""
    expect(re.search(r"^1-6 .*✓ ok .* \(late answer\)", line), f"tail -f shows a late answer: {line}")
    tail.send_signal(signal.SIGINT)
    expect(tail.wait(timeout=20) == 0 and not tail.stdout.read(), "tail -f shows a late answer once")


def policy_and_tools():
    check(["policy"], 0, out="good; 2 servers, 2 rules")
    check(["policy", "explain", "notes__delete_note"], 4, out="deny, by rule deny")
    check(["policy", "explain", "notes__list_notes"], 0, out="allow, by default")
    check(["policy", "explain", "nots__x"], 3, err="did you mean 'notes'")
    check(["tools"], 0, out=r"notes__delete_note .*hidden", err="5 tools")
    check(["tools", "show", "clock__time_in", "--json"], 0, out='"definition":{"name":"clock__time_in"')
    check(["call", "notes__add_note", '{"title":"a","text":"b"}'], 0, out="kept 'a'")
    check(["call", "clock__time_in", "-"], 0, out=r"^20\d\d-", stdin='{"zone":"UTC"}')
    check(["call", "clock__time_in", '{"zone":"Mars"}'], 1, err="no such zone: Mars")
    check(["call", "notes__delete_note"], 4, err="denied")
    check(["call", "clock__tim_in"], 3, err="did you mean 'clock__time_in'")
    broken = folder + "/broken.json"
    with open(broken, "w", encoding="utf-8") as file:
        file.write('{\n "mcpServers": {"a": {"comand": "x"}},\n "policy": {"deny": ["*__x", 3]}\n}')
    check(["policy", "check", "--config", broken], 1, out=r"(?s)broken\.json:2:\d+: .*comand.*broken\.json:3:\d+: ")
    with open(broken, "w", encoding="utf-8") as file:
        file.write('{"mcpServers": {"a": {"command": "/no/such"}}, "policy": {"deny": ["b*__x", "mcp__a__y", "*__z", "a*", "?__w"]}}')
    out = check(["policy", "check", "--config", broken], 0, out=r"note: rule deny\[0\] b\*__x matches no configured server")
    expect(out.count("note:") == 1, f"policy check has a note that is not certain:\n{out}")
    check(["tools", "--config", broken], 1, err="server 'a' is")
    check(["--config", folder + "/none.json"], 1, err="config.missing")


def control():
    check(["stauts"], 2, err="did you mean 'status'")
    check(["status"], 3, err="no gate process runs")
    expect(json.loads(check(["status", "--json"], 3)) == {"processes": []}, "status --json without a gate process")
    check(["stop"], 3, err="callgate serve does not run")
    check(["stop", "--al"], 2, err="did you mean '--all'")
    check(["servers"], 3, err="no gate process runs")
    check(["servers", "lst"], 2, err="did you mean 'list'")
    check(["servers", "restart"], 2, err="NAME is missing")
    names = {row["client"] for row in json.loads(check(["clients", "--json"], 0))["clients"]}
    expect("callgate" in names, f"clients --json: {names}")
    check(["clients", "pause", "calgate"], 3, err="did you mean 'callgate'")
    check(["clients", "puase", "callgate"], 2, err="did you mean 'pause'")
    check(["clients", "pause", "callgate", "--because", "lunch"], 0, err="client 'callgate' is paused")
    check(["clients"], 0, out=r"(?m)^callgate .* paused")
    check(["clients", "resume", "callgate"], 2, err="it requires a terminal or --yes")
    got, _, err = run("clients", "resume", "callgate", "--yes", extra={"CALLGATE_RUN": "x"})
    expect(got == 4 and "CALLGATE_RUN" in err, f"clients resume below a server: exit {got} {err}")
    check(["clients", "resume", "callgate", "--yes"], 0, err="is resumed")
    check(["clients", "resume", "callgate", "--yes"], 3, err="neither paused nor revoked")
    config = json.load(open(env["CALLGATE_CONFIG"], encoding="utf-8"))
    config["profiles"] = {"reviewer": {"policy": {"default": "deny"}}}
    with open(folder + "/profiles.json", "w", encoding="utf-8") as file:
        json.dump(config, file)
    given = ["--config", folder + "/profiles.json"]
    check(["token"], 3, err="no named token")
    check(["token", "create", "ci", "--yes", *given], 2, err="--profile is missing")
    check(["token", "create", "ci", "--profile", "reviwer", "--yes", *given], 2, err="did you mean 'reviewer'")
    check(["token", "create", "a b", "--profile", "reviewer", "--yes", *given], 2, err="NAME has 1 to 64")
    check(["token", "create", "ci", "--profile", "reviewer", *given], 2, err="it requires a terminal or --yes")
    text = check(["token", "create", "ci", "--profile", "reviewer", "--yes", *given], 0, out=r"^cg_[0-9a-f]{64}\n$").strip()
    check(["token", "create", "ci", "--profile", "reviewer", "--yes", *given], 1, err="token.exists")
    kept = check(["token", "--json"], 0)
    expect(json.loads(kept)["tokens"][0]["profile"] == "reviewer" and text not in kept, "token --json")
    check(["token", "revoke", "cj"], 3, err="did you mean 'ci'")
    check(["token", "revoke", "ci"], 0)
    check(["--profile", "reviwer", *given], 2, err="did you mean 'reviewer'")
    check(["tools", "--profile", "reviwer", *given], 2, err="did you mean 'reviewer'")
    check(["policy", "explain", "notes__list_notes", "--profile", "reviewer", *given], 4, out="by rule profile reviewer: default")


def switch():
    config = env["CALLGATE_CONFIG"]
    with open(config, encoding="utf-8") as file:
        before = file.read()
    check(["servers", "disable", "clok"], 3, err="no server 'clok' is configured")
    check(["servers", "disable", "clock"], 0, err="is now disabled")
    told = json.loads(check(["servers", "disable", "clock", "--json"], 0))
    expect(told == {"server": "clock", "state": "disabled", "changed": False}, f"disabling the server a second time: {told}")
    code, out, err = run("tools", "--json")
    expect({tool["server"] for tool in json.loads(out)["tools"]} == {"notes"}, f"tools while the server is disabled: {out}{err}")
    check(["servers", "enable", "clock"], 2, err="--yes")
    check(["servers", "enable", "clock", "--yes", "--no-start"], 0, err="is now enabled")
    with open(config, encoding="utf-8") as file:
        after = file.read()
    expect(after.count('"disabled": false') == 1 and re.sub(r'"disabled": false,\s*', "", after, count=1) == before, f"the configuration after enabling the server:\n{after}")


def terminal():
    """A tool's output never reaches a terminal unescaped."""
    nasty = json.dumps({"title": "\x1b[2J\x1b]0;x\x07\u202e\u009b31m", "text": "t"})
    for words in (["call", "notes__add_note", nasty], ["history"], ["history", "show"], ["history", "show", "--json"],
                  ["history", "search", "notes"], ["history", "tail"], ["history", "sql", "select * from calls"],
                  ["call", "notes__add_note", nasty, "--json"], ["call", "clock__time_in", json.dumps({"zone": "\x1b[2J"}), "--verbose"]):
        _, out = on_terminal(*words, "--color", "never")
        raw = re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", out)
        expect(raw is None and out, f"callgate {' '.join(words[:2])} writes an unescaped {raw and raw.group(0)!r}")
    _, out = on_terminal("history")
    expect("\x1b[" in out, "history on a terminal has colour")
    code, out = on_terminal()
    expect(code == 2 and "callgate demo" in out, f"callgate in a terminal: exit {code}")


def follow():
    tail = subprocess.Popen([callgate, "history", "tail", "-f", "-n", "0", "--jsonl"], stdout=subprocess.PIPE, text=True, env=env)
    deadline = time.monotonic() + 30
    there = []
    while not there and time.monotonic() < deadline:  # tail -f does not show calls that are older than its first look
        run("call", "clock__time_in", '{"zone":"UTC"}')
        there = select.select([tail.stdout], [], [], 1)[0]
    expect(there and json.loads(tail.stdout.readline())["tool"] == "time_in", "tail -f shows a new call")
    tail.send_signal(signal.SIGINT)
    expect(tail.wait(timeout=20) == 0, "tail -f ends cleanly on an interrupt")


try:
    for part in (demo, findings, usage, history, touched, late_answers, policy_and_tools, control, switch, terminal, follow):
        part()
finally:
    shutil.rmtree(folder, ignore_errors=True)
finish()
