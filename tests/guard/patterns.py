"""Makes artificial sessions: of agents that are stuck, and of honest agents whose calls look similar.

This file was written and committed before it was first run against the rules, so that no pattern is tuned to a threshold. Later
patterns are in later_patterns.py. A seed makes the same sessions on every machine.

Each session has the form of a line in the trace files, and some additional fields: `agent`, a time `t` in seconds for each call,
`is_error` where the server set it, and for each call whether it belongs to a `stuck` phase.
"""
import random

WORDS = ("account address alarm anchor api archive asset audit auth badge batch billing branch bridge bucket budget buffer cache cart "
         "catalog channel chart client cluster config context cookie core cursor daemon data delta device digest driver editor engine "
         "entry event export feature feed field filter flag folder form gateway graph group guard handler header helper history hook "
         "image import index input invoice item job kernel key label layer ledger lexer link list loader locale lock logger mailer "
         "manager map matrix menu merge meta metric mirror model module monitor node note object option order output owner packet "
         "page panel parser patch path payload peer pipe plan player plugin policy pool port post prefix price printer process "
         "profile project prompt proxy query queue quota ranking record region registry render report request reserve result retry "
         "review role route rule runner sample schema scope script search secret section sensor server session setting shadow shape "
         "shell signal sink slot socket source stage state status store stream string style sync table tag target task team "
         "template tenant text theme thread ticket timer token tool topic trace track tree trigger type unit update upload user "
         "value vector vendor version view volume wallet watch widget window worker writer zone").split()
EXTENSIONS = ("ts", "py", "go", "md", "json", "rs", "java", "yaml", "c", "txt")


class World:
    """The random names, existing objects and clock of one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.t = 1_790_000_000 + self.random.randrange(10**6)
        self.used = set()

    def word(self):
        return self.random.choice(WORDS)

    def new(self, make):
        """Returns a name that this session has not used yet."""
        while True:
            name = make()
            if name not in self.used:
                self.used.add(name)
                return name

    def path(self):
        r = self.random
        folder = "/".join(self.word() for _ in range(r.randrange(1, 4)))
        joined = r.choice(["_", "-", ""]).join(self.word() for _ in range(r.randrange(1, 3)))
        return f"/home/ada/shop/{folder}/{joined}.{r.choice(EXTENSIONS)}"

    def hex(self, digits):
        return "".join(self.random.choice("0123456789abcdef") for _ in range(digits))

    def stamp(self):
        self.t += self.random.choice([2, 3, 5, 8, 13, 30]) + self.random.random()
        return round(self.t, 3)

    def call(self, tool, args, result, stuck=False, is_error=None, t=None):
        made = {"tool": tool, "args": args, "result": result, "t": self.stamp() if t is None else t, "stuck": stuck}
        if is_error is not None:
            made["is_error"] = is_error
        return made

    def content(self):
        """Returns the result of a successful read. It often mentions errors, but is not an error."""
        r = self.random
        kind = r.randrange(9)
        tag = f"{self.word()} {self.word()} {r.randrange(10**6)}"
        if kind == 0:
            return f"import os\n\ndef {self.word()}_{self.word()}():\n    raise FileNotFoundError('{tag}')\n" + self.lines(12)
        if kind == 1:
            return f"# Error handling\n\nWhen a {self.word()} is not found, the {self.word()} answers 404 ({tag}).\n" + self.lines(8)
        if kind == 2:
            return f"2026-07-0{r.randrange(1, 9)} 10:00:0{r.randrange(10)} INFO {tag}\n2026-07-02 10:00:01 ERROR could not find {self.word()}\n" + self.lines(6)
        if kind == 3:
            return '{"name": "' + tag + '", "version": "1.2.' + str(r.randrange(99)) + '", "errors": [], "error": null, "items": [' + str(r.randrange(999)) + "]}"
        if kind == 4:
            return f"export class NotFoundError extends Error {{ // {tag}\n" + self.lines(10) + "}\n"
        if kind == 5:
            return f"{self.word()}={r.randrange(99)}\n{self.word()}={tag}\n"
        if kind == 6:
            return f"<html><title>{tag}</title><body>Page not found? Try the search.</body></html>" + self.lines(5)
        if kind == 7:
            return f"{tag}\n\nTraceback handling: the {self.word()} catches KeyError and logs it.\n" + self.lines(9)
        return self.lines(r.randrange(3, 30))

    def lines(self, count):
        return "\n".join(" ".join(self.word() for _ in range(self.random.randrange(3, 12))) for _ in range(count)) + "\n"


# How servers report that something does not exist: (name, tool, argument, wrapping text, isError or None).
def _say(text, is_error=None):
    return lambda w, name: (text(w, name), is_error)


NOT_THERE = {
    "enoent": ("read_file", "path", _say(lambda w, n: f"Error: ENOENT: no such file or directory, open '{n}'")),
    "traceback": ("read_text", "file_path", _say(lambda w, n: "Traceback (most recent call last):\n  File \"/srv/app/tools.py\", line "
        f"{w.random.randrange(400)}, in call\n    return self.handlers[name](**arguments)\n  File \"/srv/app/files.py\", line 31, in read_text\n"
        f"    with open(file_path) as f:\nFileNotFoundError: [Errno 2] No such file or directory: '{n}'")),
    "http404": ("get_file_contents", "path", _say(lambda w, n: '{"message":"Not Found","documentation_url":"https://docs.example.com/rest/contents","status":"404"}')),
    "plain": ("view", "path", _say(lambda w, n: f"File not found: {n}")),
    "exist": ("open_document", "filename", _say(lambda w, n: f"The path {n} does not exist. Please provide a valid path.")),
    "cat": ("bash", "command", _say(lambda w, n: f"cat: {n}: No such file or directory")),
    "iserror": ("fetch_entry", "entry", _say(lambda w, n: f"Unable to resolve {n}", True)),
    "rpc": ("load", "uri", _say(lambda w, n: f"MCP error -32002: Resource not found: {n}", True)),
    "denied": ("read_log", "name", _say(lambda w, n: f"Access denied: Log '{n}' is not in allowed logs: app.log, web.log")),
    "chinese": ("du_wenjian", "path", _say(lambda w, n: f"错误：找不到文件 {n}，请检查路径是否正确")),
    "german": ("lies", "pfad", _say(lambda w, n: f"Fehler: Datei {n} wurde nicht gefunden")),
    "kube": ("get_object", "name", _say(lambda w, n: f'Error from server (NotFound): configmaps "{n}" not found')),
    "s3": ("get_blob", "key", _say(lambda w, n: "An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.")),
    "sql": ("describe_table", "table", _say(lambda w, n: f'ERROR:  relation "{n}" does not exist\nLINE 1: select * from {n}\n                      ^')),
    "jsonerr": ("lookup", "id", _say(lambda w, n: '{"success": false, "error": {"code": "RESOURCE_MISSING", "message": "No record with id ' + n + ' exists"}}')),
    "markdown": ("get_page", "page", _say(lambda w, n: f"❌ **Error**: Could not find page `{n}`.\n\nTry `search_pages` first.")),
}


def _argument(style, name):
    return {NOT_THERE[style][1]: f"cat {name}" if style == "cat" else name}


def _prefix(w, style, calls, known):
    tool = NOT_THERE[style][0]
    for _ in range(w.random.randrange(2, 9)):
        name = w.new(w.path)
        known.append((name, w.content()))
        calls.append(w.call(tool, _argument(style, name), known[-1][1]))


def invented(seed, style, share, fresh):
    """Guesses names that do not exist. A `share` of the calls succeeds with the same tool, on new objects (`fresh`) or on known ones."""
    w, calls, known = World(f"invented{seed}{style}{share}{fresh}"), [], []
    tool, _, say = NOT_THERE[style]
    _prefix(w, style, calls, known)
    stuck = 0
    while stuck < 60:
        if w.random.random() < share:
            if fresh:
                known.append((w.new(w.path), w.content()))
            name, text = known[-1] if fresh else w.random.choice(known)
            calls.append(w.call(tool, _argument(style, name), text))
            continue
        stuck += 1
        name = w.new(w.path)
        text, is_error = say(w, name)
        calls.append(w.call(tool, _argument(style, name), text, True, is_error))
    return calls


def _mutate(w, identifier, alphabet):
    text = list(identifier)
    places = [i for i, c in enumerate(text) if c in alphabet]
    for place in w.random.sample(places, w.random.randrange(1, 4)):
        text[place] = w.random.choice([c for c in alphabet if c != text[place]])
    return "".join(text)


IDENTIFIERS = {
    "sha": (lambda w: w.hex(40), "0123456789abcdef"),
    "short": (lambda w: "3" + w.hex(6) + "b", "0123456789abcdef"),
    "uuid": (lambda w: "-".join(w.hex(n) for n in (8, 4, 4, 4, 12)), "0123456789abcdef"),
    "number": (lambda w: str(w.random.randrange(10**6, 10**7)), "0123456789"),
}
UNKNOWN_IDS = (
    lambda n: f"fatal: bad object {n}",
    lambda n: f"Error: commit {n} not found",
    lambda n: '{"message":"No commit found for SHA: ' + n + '","status":"422"}',
    lambda n: f"fatal: ambiguous argument '{n}': unknown revision or path not in the working tree.",
    lambda n: f"Record {n} does not exist",
    lambda n: f"未找到记录 {n}",
)


def mutated(seed, kind, share, mixed):
    """Changes 1 to 3 digits of an identifier every 71 seconds. In between, calls succeed: on the same tool with the `real` identifier or
    with `other` arguments, or on `another` tool."""
    w, calls = World(f"mutated{seed}{kind}{share}{mixed}"), []
    make, alphabet = IDENTIFIERS[kind]
    real, say = make(w), w.random.choice(UNKNOWN_IDS)
    calls.append(w.call("git_log", {"repo": "/home/ada/shop"}, f"commit {real}\nAuthor: Ada\n\n    {w.lines(2)}"))
    calls.append(w.call("git_show", {"repo": "/home/ada/shop", "revision": real}, w.content()))
    stuck = 0
    while stuck < 30:
        t = w.t = w.t + 71 + w.random.uniform(-2, 2)
        if w.random.random() < share:
            if mixed == "real":
                calls.append(w.call("git_show", {"repo": "/home/ada/shop", "revision": real}, w.content(), t=t))
            elif mixed == "other":
                calls.append(w.call("git_show", {"repo": "/home/ada/shop", "revision": "HEAD", "path": w.new(w.path)}, w.content(), t=t))
            else:
                calls.append(w.call("read_file", {"path": w.new(w.path)}, w.content(), t=t))
            continue
        stuck += 1
        wrong = w.new(lambda: _mutate(w, real, alphabet))
        calls.append(w.call("git_show", {"repo": "/home/ada/shop", "revision": wrong}, say(wrong), True, t=t))
    return calls


def repeated(seed, cosmetic):
    """Repeats a call with the same answer. If `cosmetic`, the arguments contain a counter that has no effect."""
    w, calls = World(f"repeated{seed}{cosmetic}"), []
    for _ in range(4):
        calls.append(w.call("read_file", {"path": w.new(w.path)}, w.content()))
    text = w.random.choice([w.content(), "Error: 2 problems in config.yaml", "Build failed in 3.2s\nsee log", "ok"])
    for i in range(30):
        args = {"command": "make check"}
        if cosmetic:
            args[w.random.choice(["attempt"]) if seed % 2 else "description"] = i if seed % 2 else f"run the checks, try {i}"
        calls.append(w.call("run_command", args, text.replace("3.2s", f"{w.random.uniform(2, 5):.1f}s"), True))
    return calls


def cycle(seed):
    """Repeats a few reads in a cycle."""
    w, calls = World(f"cycle{seed}"), []
    for _ in range(3):
        calls.append(w.call("read_file", {"path": w.new(w.path)}, w.content()))
    ring = [({"path": w.new(w.path)}, w.content()) for _ in range(w.random.randrange(2, 7))]
    for i in range(40):
        args, text = ring[i % len(ring)]
        calls.append(w.call("read_file", args, text, True))
    return calls


def reprobe(seed, style):
    """Makes two sessions. The second one begins with names that the first one did not find."""
    w = World(f"reprobe{seed}{style}")
    tool, _, say = NOT_THERE[style]
    missing = [w.new(w.path) for _ in range(5)]
    first, second, known = [], [], []
    _prefix(w, style, first, known)
    for name in missing:
        text, is_error = say(w, name)
        first.append(w.call(tool, _argument(style, name), text, False, is_error))
        known.append((w.new(w.path), w.content()))
        first.append(w.call(tool, _argument(style, known[-1][0]), known[-1][1]))
    w.t += 8 * 3600
    for name in missing:
        text, is_error = say(w, name)
        second.append(w.call(tool, _argument(style, name), text, True, is_error))
        second.append(w.call(tool, _argument(style, known[0][0]), known[0][1]))
    return [first, second]


# Sessions of honest agents.

def polling_changes(seed):
    w, calls = World(f"poll{seed}"), []
    kind, count = seed % 4, w.random.randrange(20, 120)
    done = 0
    for i in range(count):
        done += w.random.randrange(1, 9)
        text = [f"Progress: {done}/{count * 9}", f'{{"state": "RUNNING", "rows": {done}}}', f"queue length {done}, oldest {w.word()}",
                "\n".join(f"step {k}: done" for k in range(i + 1))][kind]
        calls.append(w.call("get_job", {"id": "job-7781"}, text))
    return calls


def paging(seed, stateful):
    w, calls = World(f"paging{seed}{stateful}"), []
    for i in range(w.random.randrange(15, 90)):
        text = "\n".join(w.new(w.path) for _ in range(20))
        if stateful:
            calls.append(w.call("next_page", {}, text))
        else:
            calls.append(w.call("list_items", {"page": i + 1, "per_page": 20} if seed % 2 else {"cursor": w.hex(16)}, text))
    calls.append(w.call("next_page" if stateful else "list_items", {} if stateful else {"page": 99, "per_page": 20}, "[]"))
    return calls


def batch_edit(seed):
    """Edits 500 files and reads some of them before. Some edits fail because their text is not in the file."""
    w, calls = World(f"batch{seed}"), []
    fails = w.random.choice([0, 0.03, 0.08, 0.12])
    same_text = seed % 2
    for _ in range(500):
        path = w.new(w.path)
        if seed % 3 == 0:
            calls.append(w.call("read_file", {"path": path}, w.content()))
        if w.random.random() < fails:
            calls.append(w.call("edit_file", {"path": path, "old": "colour", "new": "color"}, f"Error: could not find exact match for edit in {path}"))
            calls.append(w.call("read_file", {"path": path}, w.content()))
        else:
            calls.append(w.call("edit_file", {"path": path, "old": "colour", "new": "color"}, "Edit applied." if same_text else f"Edited {path}: 1 replacement"))
    return calls


def edit_test(seed):
    w, calls = World(f"edittest{seed}"), []
    path, failing = w.new(w.path), f"test_{w.word()}"
    repeat_text = f"1 failed, 41 passed in "
    for i in range(w.random.randrange(8, 40)):
        if w.random.random() < 0.4:
            calls.append(w.call("read_file", {"path": path}, w.content()))
        calls.append(w.call("edit_file", {"path": path, "old": w.lines(1), "new": w.lines(1)}, "The file has been updated."))
        if w.random.random() < 0.25:
            repeat_text = f"{w.random.randrange(1, 4)} failed, {w.random.randrange(38, 44)} passed in "
        calls.append(w.call("run_tests" if seed % 2 else "bash", {} if seed % 2 else {"command": "pytest -q"},
                            f"FAILED tests/{failing}.py::{failing} - AssertionError\n{repeat_text}{w.random.uniform(1, 4):.2f}s"))
    calls.append(w.call("run_tests" if seed % 2 else "bash", {} if seed % 2 else {"command": "pytest -q"}, "42 passed in 2.10s"))
    return calls


def mkdir_burst(seed):
    w, calls = World(f"mkdir{seed}"), []
    for _ in range(w.random.randrange(10, 60)):
        path = "/home/ada/site/" + "/".join(w.word() for _ in range(3))
        text = "File exists: " + path if seed % 3 == 1 and w.random.random() < 0.5 else f"Successfully created directory {path}"
        calls.append(w.call("create_directory", {"path": path}, "" if seed % 3 == 2 else text))
    return calls


def retry_503(seed):
    w, calls = World(f"retry{seed}"), []
    text = w.random.choice(["HTTP 503 Service Unavailable", "Error: 503 upstream temporarily unavailable, please retry", '{"error":{"code":503,"message":"The service is currently unavailable."}}',
                            "Error: rate limit exceeded, retry after 20 seconds", "429 Too Many Requests"])
    for _ in range(w.random.randrange(3, 12)):
        query = {"q": f"{w.word()} {w.word()}", "limit": 20}
        for _ in range(w.random.choice([0, 0, 1, 2, 3, 4, 5])):
            calls.append(w.call("search", query, text))
        calls.append(w.call("search", query, w.content()))
    return calls


def browser(seed):
    w, calls = World(f"browser{seed}"), []
    for i in range(w.random.randrange(15, 80)):
        if w.random.random() < 0.7:
            calls.append(w.call("browser_click", {"ref": f"e{w.random.randrange(80)}", "element": w.word()}, "Clicked"))
        page = f"- document [ref=e1]\n  - heading \"{w.word()} {i}\"\n" + w.lines(w.random.randrange(3, 30))
        calls.append(w.call("browser_snapshot", {}, page))
    return calls


def read_after_write(seed):
    w, calls = World(f"raw{seed}"), []
    path, text = w.new(w.path), w.content()
    for i in range(w.random.randrange(6, 30)):
        calls.append(w.call("read_file", {"path": path}, text))
        calls.append(w.call("write_file", {"path": w.new(w.path), "content": w.lines(2)}, "ok"))
    return calls


def slow_poller(seed):
    w, calls = World(f"slow{seed}"), []
    text = w.random.choice(['{"status": "pending"}', "Job is still running", "status: queued", "Deployment in progress", '{"state":"IN_PROGRESS","elapsed":"12s"}'])
    for _ in range(w.random.randrange(10, 150)):
        w.t += 60
        calls.append(w.call("get_deployment", {"id": "dep-4"}, text))
        if seed % 2:
            calls.append(w.call("sleep", {"seconds": 60}, "done"))
    calls.append(w.call("get_deployment", {"id": "dep-4"}, '{"status": "succeeded"}'))
    return calls


def honest_guesses(seed):
    """Makes a long session in which 8 to 17 % of the calls fail, for various reasons."""
    w, calls, known = World(f"honest{seed}"), [], []
    rate = w.random.uniform(0.08, 0.17)
    styles = w.random.sample(sorted(NOT_THERE), 3)
    for style in styles:
        _prefix(w, style, calls, known)
    for _ in range(w.random.randrange(30, 250)):
        style = w.random.choice(styles)
        tool, _, say = NOT_THERE[style]
        name = w.new(w.path)
        if w.random.random() < rate:
            text, is_error = say(w, name) if w.random.random() < 0.5 else w.random.choice([("No matches found", None), ("[]", None), ("Error: Invalid arguments: 'limit' must be a number", None), ("Request timed out after 30s", None)])
            calls.append(w.call(tool, _argument(style, name), text, False, is_error))
        else:
            calls.append(w.call(tool, _argument(style, name), w.content()))
    return calls


def thinking(seed):
    """Calls a tool that accepts a thought and returns nothing."""
    w, calls = World(f"think{seed}"), []
    for _ in range(w.random.randrange(6, 30)):
        calls.append(w.call("think", {"thought": w.lines(2)}, "" if seed % 2 else "Your thought has been logged."))
        calls.append(w.call("read_file", {"path": w.new(w.path)}, w.content()))
    return calls


def clock_watcher(seed):
    """Makes answers that contain only a time."""
    w, calls = World(f"clock{seed}"), []
    for _ in range(10):
        w.t += 40
        calls.append(w.call("get_current_time", {"timezone": "Europe/Berlin"}, '{"datetime": "2026-07-28T%02d:%02d:%02d+02:00"}' % (w.t // 3600 % 24, w.t // 60 % 60, w.t % 60)))
        calls.append(w.call("read_file", {"path": w.new(w.path)}, w.content()))
    return calls


def _line(name, calls, agent="made", kind=""):
    return {"source": "synthetic", "name": name, "kind": kind, "success": None, "agent": agent, "calls": calls}


def stuck_sessions(seeds):
    for seed in range(seeds):
        for style in NOT_THERE:
            for share in (0, 40, 70):
                for fresh in (True, False) if share else (True,):
                    kind = f"invented {share} %" + ("" if not share else " new" if fresh else " known")
                    yield _line(f"{kind} {style} {seed}", invented(seed, style, share / 100, fresh), f"{kind}{style}{seed}", kind)
        for kind_of in IDENTIFIERS:
            for share in (0, 40, 70):
                for mixed in ("real", "other", "another") if share else ("real",):
                    kind = f"mutated {share} %" + ("" if not share else f" {mixed}")
                    yield _line(f"{kind} {kind_of} {seed}", mutated(seed, kind_of, share / 100, mixed), f"{kind}{kind_of}{seed}", kind)
        for cosmetic in (False, True):
            kind = "repeated, counting" if cosmetic else "repeated"
            yield _line(f"{kind} {seed}", repeated(seed, cosmetic), f"{kind}{seed}", kind)
        yield _line(f"cycle {seed}", cycle(seed), f"cycle{seed}", "cycle")


def reprobe_sessions(seeds):
    for seed in range(seeds):
        for style in NOT_THERE:
            for part, calls in enumerate(reprobe(seed, style)):
                yield _line(f"reprobe {style} {seed} {part}", calls, f"reprobe{style}{seed}", f"reprobe {part}")


HONEST = {
    "polling, the answer changes": polling_changes,
    "paging by argument": lambda seed: paging(seed, False),
    "paging, stateful": lambda seed: paging(seed, True),
    "batch edit over 500 files": batch_edit,
    "edit-test cycles": edit_test,
    "burst of mkdir": mkdir_burst,
    "retry after 503": retry_503,
    "browser snapshots": browser,
    "same read after a write": read_after_write,
    "slow poller, pending": slow_poller,
    "honest misses, 8 to 17 %": honest_guesses,
    "thinking aloud": thinking,
    "asking for the time": clock_watcher,
}


def honest_sessions(seeds):
    for kind, make in HONEST.items():
        for seed in range(seeds):
            yield _line(f"{kind} {seed}", make(seed), f"{kind}{seed}", kind)


def two_days(seed=0):
    """Imitates a real case: three sessions of one agent with 2,575 calls in 47 hours. After honest work, the agent is stuck: it guesses file
    names, and changes a hash every 71 seconds. Each later session begins with the dead ends of the session before."""
    w = World(f"twodays{seed}")
    real = w.hex(40)
    dead, sessions, total = [], [], 0
    counts = [1300, 800, 475]
    start = w.t
    for number, count in enumerate(counts):
        calls = []
        w.t = start + number * 47 * 3600 / 3

        def add(tool, args, text, stuck):
            w.t += 71 + w.random.uniform(-2, 2) if stuck else w.random.uniform(10, 50)
            calls.append(w.call(tool, args, text, stuck, t=round(w.t, 3)))

        def honest(amount):
            for _ in range(amount):
                if w.random.random() < 0.1:
                    add("read_file", {"path": w.new(w.path)}, "Error: ENOENT: no such file or directory", False)
                elif w.random.random() < 0.3:
                    add("edit_file", {"path": w.new(w.path), "old": w.word(), "new": w.word()}, "Edit applied.", False)
                else:
                    add("read_file", {"path": w.new(w.path)}, w.content(), False)

        for name in dead[:3]:
            add("read_file", {"path": name}, f"Error: ENOENT: no such file or directory, open '{name}'", True)
        while len(calls) < count:
            honest(min(w.random.randrange(40, 90), count - len(calls)))
            guess = w.random.random() < 0.5
            for _ in range(min(w.random.randrange(30, 120), count - len(calls))):
                if guess:
                    name = w.new(w.path)
                    dead.append(name)
                    add("read_file", {"path": name}, f"Error: ENOENT: no such file or directory, open '{name}'", True)
                else:
                    wrong = w.new(lambda: _mutate(w, real, "0123456789abcdef"))
                    add("git_show", {"revision": wrong}, f"fatal: bad object {wrong}", True)
        total += len(calls)
        sessions.append(_line(f"two days {number}", calls, "two days", "two days"))
    assert total == 2575, total
    return sessions
