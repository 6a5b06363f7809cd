#!/usr/bin/env python3
"""Uses callgate report on a record with hostile names and an agent that repeats itself: the page is whole and safe, and equals the JSON.

usage: check_report.py CALLGATE
"""
import base64
import hashlib
import html.parser
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from counting import expect, finish

HOSTILE = "<script>alert('x')</script>&\"'\x1b[31m\u202e"
VOID = {"meta", "rect", "path", "circle", "br"}
SERVER = r"""
import json, sys
tools = [{"name": name, "inputSchema": {"type": "object"}} for name in ("read_file", "write_file", json.loads(sys.argv[1]))]
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    method, result = message.get("method"), {}
    if method == "initialize":
        result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": tools}
    elif method == "tools/call":
        result = {"content": [{"type": "text", "text": "Error: ENOENT: no such file"}], "isError": True}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


class Page(html.parser.HTMLParser):
    """Collects the contents of a page, and checks that its tags are closed in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.wrong, self.tags, self.ids, self.text, self.figures, self.last_term = [], [], [], [], "", {}, ""
        self.around_tables, self.last = [], ("", {})
        self.feed(text)
        self.close()
        expect(self.open == [], f"tags are left open: {self.open}")

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.around_tables.append(self.last)
        self.last = (tag, dict(attrs))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        expect(self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text += data
        if "dt" in self.open:
            self.last_term = data.strip()
        if self.open and self.open[-1] == "dd":
            self.figures[self.last_term] = int(data.strip().replace(",", ""))


def say(gate, message):
    gate.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    gate.stdin.flush()


def ask(gate, number, method, params):
    say(gate, {"id": number, "method": method, "params": params})
    while True:
        answer = json.loads(gate.stdout.readline())
        if answer.get("id") == number:
            return answer


def session(env):
    gate = subprocess.Popen([callgate], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
    ask(gate, 0, "initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": HOSTILE, "version": "1"}})
    say(gate, {"method": "notifications/initialized"})
    tools = [tool["name"] for tool in ask(gate, 1, "tools/list", {})["result"]["tools"]]
    strange = [name for name in tools if "_file" not in name]
    expect(len(tools) == 2 and len(strange) == 1, f"tools: {tools}")
    number = 1
    for name, path in 7 * [("files__read_file", "/srv/<b>a")] + [("files__write_file", "/srv/x"), (strange[0], "https://u:p@h.org/?token=1")]:
        number += 1
        ask(gate, number, "tools/call", {"name": name, "arguments": {"path": path, "url": path}})
    gate.stdin.close()
    gate.wait(timeout=20)


def check_page(text, report, place):
    page = Page(text)
    totals = report["totals"]
    wanted = {"Calls": totals["calls"], "Agents": totals["agents"], "Servers": totals["servers"], "Things touched": totals["items"],
              "Denied": totals["denied"], "Failed": totals["failed"], "Findings": totals["findings_hard"] + totals["findings_soft"]}
    expect(page.figures == wanted, f"figures of the page: {page.figures}, of the JSON: {wanted}")
    expect(len(page.ids) == len(set(page.ids)), f"ids occur twice: {page.ids}")
    expect(not any(tag in ("script", "img", "link", "iframe", "object", "embed", "form", "base", "b>a") for tag, _ in page.tags), "a tag that a page must not have")
    for tag, attrs in page.tags:
        for name, value in attrs.items():
            expect(not name.startswith("on") and name not in ("src", "style", "srcdoc", "action"), f"<{tag} {name}>")
            if name in ("href", "xlink:href"):
                expect(value.startswith("#") and value[1:] in page.ids, f"<{tag} {name}={value}>")
        if tag == "th":
            expect("scope" in attrs, "a heading of a table without a scope")
    for tag, attrs in page.around_tables:
        expect(tag == "div" and "scroll" in attrs.get("class", "").split() and attrs.get("tabindex") == "0",
               f"a table that is wider than the screen would be cut: <{tag} {attrs}>")
    expect(len(page.around_tables) > 3 and any(attrs.get("name") == "viewport" for _, attrs in page.tags), "the page has no viewport for telephones")
    style = re.search(r"<style>(.*?)</style>", text, re.S).group(1)
    scroll = re.search(r"\.scroll\{(.*?)\}", style, re.S).group(1)
    expect("overflow-x:auto" in scroll and re.search(r"right/[\d.]+rem 100% no-repeat scroll", scroll), f"a shortened table does not say so: {scroll}")
    expect("Failures by server" in page.text, "failures by server")
    expect(re.findall(r"url\((?!#)|@import", style) == [], "the style refers to another file")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    expect("default-src 'none'" in policy and f"style-src 'sha256-{digest}'" in policy, f"policy: {policy}")
    expect([tag for tag, _ in page.tags].count("h1") == 1, "the page does not have one title")
    chart = text[text.index('<svg class="chart"'):]
    expect(re.search(r'aria-labelledby="chart-title chart-desc".*<title id="chart-title">.*<desc id="chart-desc">', chart, re.S), "the chart has no text")
    expect("<script>alert('x')</script>&\"'\\u001b[31m\\u202e" in page.text, "the hostile name isn't shown as text")
    expect("\x1b" not in text and "\u202e" not in text, "controls are in the page")
    expect(place not in text and "u:p@" not in page.text and "token=1" not in page.text.split("Evidence")[0], "private data is in the page")
    expect("because <i>I</i> say so & \"so\"" in page.text, "the reason for which a call was denied")


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="callgate-report-"))
    config = folder / "config.json"
    config.write_text(json.dumps({
        "mcpServers": {"files": {"command": sys.executable, "args": ["-c", SERVER, json.dumps(HOSTILE)]}},
        "policy": {"deny": [{"tool": "files__write_file", "because": "because <i>I</i> say so & \"so\""}]}}))
    env = {name: value for name, value in os.environ.items() if not name.startswith("CALLGATE_")}
    env.update(HOME=str(folder), TZ="Europe/Berlin", CALLGATE_CONFIG=str(config), CALLGATE_STATE=str(folder / "state"))

    def run(*words, code=0):
        done = subprocess.run([callgate, "report", *words], capture_output=True, text=True, timeout=60, env=env, check=False)
        expect(done.returncode == code, f"report {words}: exit {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
        return done.stdout

    run(code=3)
    session(env)
    report = json.loads(run("--json"))
    totals = report["totals"]
    expect((totals["calls"], totals["agents"], totals["servers"], totals["sessions"], totals["denied"], totals["failed"]) == (9, 1, 1, 1, 1, 8),
           f"totals: {totals}")
    expect(totals["items"] == 2 and report["agents"][0]["agent"] == HOSTILE, f"accessed data: {totals}, {report['agents']}")
    expect(report["agents"][0]["servers"][0]["reads"] == 7, f"reads: {report['agents']}")
    expect(sum(bucket["calls"] for bucket in report["timeline"]) == 9, f"timeline: {report['timeline']}")
    expect([rule["calls"] for rule in report["denials"]] == [1] and report["denials"][0]["tool"] == "write_file", f"denials: {report['denials']}")
    expect(any(finding["rule"] == "R1" and len(finding["evidence"]) > 2 for finding in report["findings"]), f"findings: {report['findings']}")
    expect(sum(tool["calls"] for tool in report["largest"]) == 9 and report["failing"][0]["tool"] == "read_file", f"tools: {report['largest']}")
    expect(report["failing_servers"] == [{"server": "files", "calls": 9, "failed": 8}], f"servers: {report['failing_servers']}")
    expect([(each["server"], each["tools"]) for each in report["definitions"]] == [("files", 3)] and report["definitions"][0]["bytes"] > 100,
           f"definitions: {report['definitions']}")
    text = run()
    expect("9 calls by 1 agent in 1 session, to 1 server\n" in text and "\x1b" not in text and "because" not in text.split("Denied by")[0], f"text: {text}")
    file = folder / "page.html"
    run("--html", str(file), "--quiet")
    expect(stat.S_IMODE(file.stat().st_mode) == 0o600, f"mode of the page: {oct(file.stat().st_mode)}")
    check_page(file.read_text(encoding="utf-8"), report, str(folder))
    expect(len(run("--html", "-")) > 5000, "the page on standard output")
    run("--html", str(folder / "nowhere" / "page.html"), code=1)
    run("--since", "2020-01-01", "--until", "2020-01-02", code=3)
    run("--since", "1h", "--until", "2h", code=2)
    run("--since", "some day", code=2)
    shutil.rmtree(folder, ignore_errors=True)
    finish()


callgate = os.path.abspath(sys.argv[1])
main()
