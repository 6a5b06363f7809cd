#!/usr/bin/env python3
"""Uses callgate findings on the calls of real gates: of a client that goes round in circles and of well-behaved ones. Replaying the record
gives the same findings.

usage: check_findings.py CALLGATE
"""
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from counting import expect, finish

callgate = os.path.abspath(sys.argv[1])
SEED, RANDOM_SESSIONS = 22, 12


class Place:
    """A folder with a configuration and a record."""

    def __init__(self, folder, guard=None):
        folder.mkdir()
        config = folder / "config.json"
        config.write_text(json.dumps({
            "gateway": {"shared": "off"}, "mcpServers": {"files": {"command": callgate, "args": ["demo-server", "files"]}}, **({"guard": guard} if guard else {})}))
        env = {name: value for name, value in os.environ.items() if not name.startswith("CALLGATE_")}
        self.env = {**env, "HOME": str(folder), "CALLGATE_CONFIG": str(config), "CALLGATE_STATE": str(folder / "state")}

    def run(self, *words, code=0, stdin=""):
        done = subprocess.run([callgate, *words], input=stdin, capture_output=True, text=True, timeout=120, env=self.env, check=False)
        expect(done.returncode == code, f"callgate {words}: exit {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def until_a_gate_listens(self):
        deadline = time.monotonic() + 60
        while subprocess.run([callgate, "status", "--quiet"], capture_output=True, env=self.env, check=False).returncode != 0 and time.monotonic() < deadline:
            time.sleep(0.01)

    def json(self, *words):
        return json.loads(self.run(*words, "--json"))

    def newest(self, rule):
        """Waits until the newest finding is of that rule, and returns it. The end of a call is recorded after its answer is sent."""
        deadline = time.monotonic() + 60
        while (found := self.json("findings")["findings"][0])["rule"] != rule and time.monotonic() < deadline:
            time.sleep(0.01)
        return found


class Client:
    """One session on stdio. Each call waits for its answer."""

    def __init__(self, place, name="stuck-agent"):
        # A shell starts the gate, so that this process is not its client: descendants of a client may not do what this script does.
        self.gate = subprocess.Popen(["sh", "-c", '"$0"; exit $?', callgate], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, text=True, env=place.env)
        self.last = 0
        self.ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": name, "version": "1"}})
        self.write({"method": "notifications/initialized"})
        self.ask("tools/list", {})

    def write(self, message):
        self.gate.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.gate.stdin.flush()

    def ask(self, method, params):
        self.last += 1
        self.write({"id": self.last, "method": method, "params": params})
        while True:
            message = json.loads(self.gate.stdout.readline())
            if message.get("id") == self.last:
                return message["result"]

    def call(self, tool, **arguments):
        return self.ask("tools/call", {"name": f"files__{tool}", "arguments": arguments})

    def close(self):
        self.gate.stdin.close()
        expect(self.gate.wait(timeout=30) == 0, "exit status of the gate")


def texts(result):
    return [part["text"] for part in result["content"]]


def listed_and_explained(place):
    client = Client(place)
    answers = [client.call("read_file", path=f"src/guess{i}.cc") for i in range(8)]
    expect([len(texts(answer)) for answer in answers] == [1, 1, 1, 1, 1, 2, 2, 2], "from the sixth answer on, each answer has one block of advice")
    expect("7 of 7" in texts(answers[6])[1] and answers[6]["isError"], "the advice names what was repeated, and the answer stays an error")
    found = place.json("findings")["findings"]
    expect([(each["rule"], each["level"], each["id"]) for each in found] == [("R3", "hard", "1-2"), ("R3", "soft", "1-1")], f"{found}")
    expect(found[0]["evidence"] == [f"1-{i}" for i in range(1, 8)] and found[0]["call"] == "1-7", "the calls of the finding")
    expect(found[0]["client"] == "stuck-agent" and found[0]["cleared"] is None, "the client of the finding")
    rows = {call["id"]: call["findings"] for call in place.json("history", "--limit", "0")["calls"]}
    expect(rows["1-7"] == ["1-2"] and sorted(rows["1-1"]) == ["1-1", "1-2"] and rows["1-8"] == [], f"history names the findings: {rows}")
    lines = [json.loads(line) for line in place.run("findings", "--jsonl", "--limit", "1").splitlines()]
    expect([line["id"] for line in lines] == ["1-2"], "each finding has one line, and --limit is respected")
    text = place.run("findings", "explain", "1-2")
    for word in ("guessing: different guesses", "12.54", "threshold is 12", "1-7 ", "src/guess6.cc", "ENOENT", "leads to the same finding", "advise",
                 "is refused, with the reason", "findings clear 1-2"):
        expect(word in text, f"explain says {word!r}:\n{text}")
    whole = place.json("findings", "explain")
    expect(whole["id"] == "1-2" and whole["replayed"] and len(whole["calls"]) == 7, "explain --json")
    expect(list(whole["ladder"]) == ["observe", "advise", "delay", "ask", "block", "pause"], "every step of the ladder")

    place.until_a_gate_listens()
    # After a person has cleared a finding, the running gate forgets its evidence, and may report it again.
    expect("requires a terminal or --yes" in place.run("findings", "clear", "1-2", code=2), "a script must say --yes")
    expect("cleared; 1 gate process was notified" in place.run("findings", "clear", "1-2", "--yes", "--because", "seen"), "clear")
    expect("is cleared already" in place.run("findings", "clear", "1-2", "--approve", "--yes", code=1), "a finding can be cleared once")
    expect(len(texts(client.call("read_file", path="src/guess8.cc"))) == 1, "no advice after it was cleared")
    cleared = place.json("findings")["findings"]
    expect([each["id"] for each in cleared if each["cleared"]] == ["1-2"], "the list shows it as cleared")
    ended = [each for each in cleared if each["id"] == "1-2"][0]
    expect(ended["how"] == "cleared" and "seen" in (ended["because"] or ""), f"the reason for clearing it: {ended}")
    expect([each["id"] for each in place.json("findings", "--active")["findings"]] == ["1-1"], "findings that are still active")
    client.close()


def second_session(place):
    client = Client(place)
    answer = client.call("read_file", path="src/guess0.cc")
    expect(len(texts(answer)) == 2 and "earlier session" in texts(answer)[1], f"advice at the first repeated try: {texts(answer)}")
    expect(len(texts(client.call("read_file", path="src/main.cc"))) == 1, "a file that exists gets no advice")
    client.close()
    expect(place.json("findings", "--since", "1h")["findings"][0]["rule"] == "R5", "the finding of the second session")
    other = Client(place, "another-agent")
    expect(len(texts(other.call("read_file", path="src/guess0.cc"))) == 1, "another agent gets no advice")
    other.close()


def told_again(place):
    """Replaying the record gives the findings of the running gates, whatever clients do."""
    dice = random.Random(SEED)
    for number in range(RANDOM_SESSIONS):
        client = Client(place, f"agent{number % 3}")
        for _ in range(dice.randrange(5, 60)):
            which = dice.random()
            if which < 0.3:
                client.call("read_file", path=dice.choice(["src/main.cc", "src/store.cc", "src/text.cc"]))
            elif which < 0.6:
                client.call("read_file", path=f"src/{dice.randrange(40)}.cc")
            elif which < 0.8:
                client.call("show_commit", hash="4be81c07d2" if dice.random() < 0.2 else f"{dice.randrange(16 ** 6):010x}")
            else:
                client.call("list_files")
        client.close()
    found = place.json("findings", "--limit", "0")["findings"]
    live = sorted((each["session"], each["rule"], each["level"]) for each in found)
    again = sorted((session["name"], alarm["rule"], alarm["level"])
                   for session in place.json("findings", "replay")["sessions"] for alarm in session["alarms"])
    expect(len(live) > 10, f"number of findings: {len(live)}")
    expect(live == again, f"live and replayed differ: {set(live) ^ set(again)}")
    for each in found:
        expect(place.json("findings", "explain", each["id"])["replayed"], f"explain finds it again: {each}")


def refused(place):
    client = Client(place)
    answers = [client.call("read_file", path=f"src/guess{i}.cc") for i in range(10)]
    expect("was not made" in texts(answers[-1])[0] and answers[-1]["isError"], f"the last call is blocked: {answers[-1]}")
    denied = place.json("history", "--outcome", "denied")["calls"]
    expect(denied and denied[0]["rule"] == "guard guessing" and denied[0]["decision"] == "deny", f"recorded as a denial: {denied[:1]}")
    newest = place.json("findings")["findings"][0]["id"]
    place.until_a_gate_listens()
    told = place.run("findings", "clear", "@last", "--approve", "--yes")
    answer = client.call("read_file", path="src/guess20.cc")
    expect("ENOENT" in texts(answer)[0], f"a call after the approval: {newest}, {told}, {answer}")
    client.close()
    again = Client(place)
    stopped = texts(again.call("read_file", path="src/guess0.cc"))[0]
    found = place.newest("R5")
    expect("was not made" in stopped and f"`callgate findings clear {found['id']}`" in stopped, f"the first repeated try is blocked, with the command that clears it: {stopped}")
    expect(f"findings  {found['id']} " in place.run("history", "show"), "history show names the finding")
    expect((found["rule"], found["level"], found["step"]) == ("R5", "soft", "block"), f"a blocked call is a finding: {found}")
    row = place.json("history", "--limit", "1")["calls"][0]
    expect(row["findings"] == [found["id"]] and found["evidence"] == [row["id"]] and row["rule"] == "guard dead-end", f"the call names the finding: {row}")
    again.call("read_file", path="src/guess0.cc")
    again.call("list_files")
    expect(place.json("findings")["findings"][0]["id"] == found["id"], "the finding is reported once")
    whole = place.json("findings", "explain", found["id"])
    expect(whole["replayed"] and "found nothing" in whole["summary"], f"explain finds it again: {whole}")
    # After a person has cleared the finding, the call is made again in every session.
    beside = Client(place)
    expect("was not made" in texts(beside.call("read_file", path="src/guess0.cc"))[0], "another session is blocked, too")
    place.run("findings", "clear", found["id"], "--yes")
    expect("ENOENT" in texts(again.call("read_file", path="src/guess0.cc"))[0], "the call is made after the finding was cleared")
    expect("was not made" in texts(beside.call("read_file", path="src/guess1.cc"))[0], "clearing a finding does not clear another dead end")
    again.close()
    beside.close()
    stop_and_clear_without_a_gate(place)


def stop_and_clear_without_a_gate(place):
    client = Client(place)
    expect("was not made" in texts(client.call("read_file", path="src/guess2.cc"))[0], "a known dead end is blocked")
    client.close()
    place.run("findings", "clear", "@last", "--yes")
    client = Client(place)
    expect("ENOENT" in texts(client.call("read_file", path="src/guess2.cc"))[0], "the call is made after the finding was cleared while no gate ran")
    client.close()


def a_days_budget(place):
    for calls in (4, 2):
        client = Client(place)
        for number in range(calls):
            client.call("read_file", path=["src/main.cc", "src/store.cc", "src/text.cc", "README.md"][number])
        client.close()
    found = [(each["rule"], each["level"], each["call"]) for each in place.json("findings")["findings"]]
    expect(found == [("R7", "hard", "2-2"), ("R7", "soft", "2-1")], f"the budget of six calls a day includes four calls of another gate process: {found}")


def nothing(place):
    for words in (["findings"], ["findings", "--json"], ["findings", "explain", "1-1"], ["touched"], ["report"]):
        expect("there is no record" in place.run(*words, code=3), f"{words}: there is no record")
    Client(place).close()
    expect("found nothing" in place.run("findings", code=3), "an empty record")
    for words, says in ((["findings", "lst"], "did you mean 'list'"), (["findings", "--sice", "1d"], "--since"),
                        (["findings", "--since", "yester"], "yester"), (["findings", "clear"], "ID")):
        told = place.run(*words, code=2)
        expect(says in told, f"{words}: {told}")


def demo():
    done = subprocess.run([callgate, "demo", "--stuck"], capture_output=True, text=True, timeout=60, check=False)
    expect(done.returncode == 0, f"demo --stuck: {done.stdout}{done.stderr}")
    expect(done.stdout.count("refused by the gate") == 3, f"demo --stuck refuses three calls:\n{done.stdout}")
    expect(not re.search(r"\x1b", done.stdout), "no colour in a pipe")
    place = re.search(r"The demo's files are in (\S+);", done.stdout)
    if place:
        shutil.rmtree(place.group(1))


folder = pathlib.Path(tempfile.mkdtemp(prefix="callgate-findings-")).resolve()
nothing(Place(folder / "nothing"))
stuck = Place(folder / "stuck")
listed_and_explained(stuck)
second_session(stuck)
told_again(Place(folder / "random"))
told_again(Place(folder / "stops", {"dead_ends": {"known": "block"}}))
refused(Place(folder / "refused", {"ladder": ["advise", "block"], "dead_ends": {"known": "block"}}))
a_days_budget(Place(folder / "day", {"rules": {"budgets": {"calls_a_day": 6}}}))
demo()
shutil.rmtree(folder)
finish()
