"""A second set of sessions, made after the thresholds had been chosen with the first set (patterns.py), to see how they do on patterns
that were not considered. In the first run, the rules found all stuck sessions except one of 20 that read several files in one call. They
raised hard alarms in 20 of 20 monitors, 20 of 20 lint sweeps, 15 of 20 REPLs, 9 of 20 sweeps over issues and 2 of 20 series of greps.
The rules were then changed for these patterns, so this set is no independent test any more either.
"""
from patterns import World, _line, _mutate


def _loop(w, calls, share, fail, good, count=60):
    """Makes `count` failing calls, with successful calls in between, which are a `share` of all calls."""
    stuck = 0
    while stuck < count:
        if w.random.random() < share:
            calls.append(good())
        else:
            stuck += 1
            calls.append(fail())


def _shell(w, calls, share, commands):
    def fail():
        path, command = w.new(w.path), w.random.choice(commands)
        return w.call("bash", {"command": f"{command} {path}"}, f"{command.split()[0]}: {path}: No such file or directory", True)
    _loop(w, calls, share, fail, lambda: w.call("bash", {"command": f"{commands[0]} {w.new(w.path)}"}, w.content()))


def _rotating(w, calls, share):
    def fail():
        path = w.new(w.path)
        return w.call(w.random.choice(["read_file", "get_file_info", "list_directory"]), {"path": path}, f"Error: ENOENT: no such file or directory, stat '{path}'", True)
    _loop(w, calls, share, fail, lambda: w.call("read_file", {"path": w.new(w.path)}, w.content()))


def _tables(w, calls, share):
    def fail():
        table = f"{w.word()}_{w.word()}"
        return w.call("query", {"sql": f"SELECT * FROM {table} LIMIT 5"}, f"Error: no such table: {table}", True)
    _loop(w, calls, share, fail, lambda: w.call("query", {"sql": f"SELECT {w.word()} FROM users WHERE id={w.random.randrange(9999)}"}, w.content()))


def _pages(w, calls, share):
    texts = ["Failed to fetch https://x.example - status code 404", "<error>Failed to fetch: 404</error>", "HTTP error 404 while fetching page"]
    _loop(w, calls, share, lambda: w.call("fetch", {"url": f"https://x.example/{w.word()}/{w.word()}-{w.word()}"}, w.random.choice(texts), True),
          lambda: w.call("fetch", {"url": f"https://x.example/{w.word()}{w.random.randrange(99999)}"}, w.content()))


def _random_hashes(w, calls, share, new):
    base = w.hex(40)
    calls.append(w.call("git_show", {"rev": base}, w.content()))

    def fail():
        wrong = w.hex(40)
        return w.call("git_show", {"rev": wrong}, f"fatal: bad object {wrong}", True)
    _loop(w, calls, share, fail, lambda: w.call("git_show", {"rev": w.hex(40) if new else base}, w.content()))


def _issue_numbers(w, calls):
    base = w.random.randrange(1000, 90000)
    _loop(w, calls, 0.4, lambda: w.call("get_issue", {"owner": "a", "repo": "b", "issue_number": base + w.random.randrange(500)}, "Not Found: Resource not found", True),
          lambda: w.call("list_issues", {"owner": "a", "repo": "b", "page": w.random.randrange(99)}, w.content()))


def _several_files(w, calls):
    def fail():
        paths = [w.new(w.path) for _ in range(3)]
        text = "\n---\n".join(f"{p}: Error - ENOENT: no such file or directory, open '{p}'" for p in paths)
        return w.call("read_multiple_files", {"paths": paths}, text, True)
    _loop(w, calls, 0, fail, None)


def _typing_errors(w, calls):
    real = w.new(w.path)
    calls.append(w.call("read_file", {"path": real}, w.content()))

    def fail():
        wrong = w.new(lambda: _mutate(w, real, "abcdefghijklmnopqrstuvwxyz"))
        return w.call("read_file", {"path": wrong}, "Error: File does not exist. Did you mean something else?", True)
    _loop(w, calls, 0.4, fail, lambda: w.call("read_file", {"path": real}, "same text"))


def _null_answers(w, calls):
    real = w.hex(24)
    _loop(w, calls, 0.3, lambda: w.call("find_one", {"collection": "orders", "id": w.new(lambda: _mutate(w, real, "0123456789abcdef"))}, "null", True),
          lambda: w.call("find_one", {"collection": "orders", "id": real}, '{"a":1}'))


STUCK = {
    "shell, one command": lambda w, c: _shell(w, c, 0, ["cat"]),
    "shell, one command, 70 %": lambda w, c: _shell(w, c, 0.7, ["cat"]),
    "shell, many commands": lambda w, c: _shell(w, c, 0, ["cat", "head -20", "ls -la", "wc -l", "grep -n foo"]),
    "shell, many commands, 70 %": lambda w, c: _shell(w, c, 0.7, ["cat", "head -20", "ls -la", "wc -l", "grep -n foo"]),
    "three tools in turn": lambda w, c: _rotating(w, c, 0),
    "three tools in turn, 40 %": lambda w, c: _rotating(w, c, 0.4),
    "table names": lambda w, c: _tables(w, c, 0),
    "table names, 70 %": lambda w, c: _tables(w, c, 0.7),
    "web pages": lambda w, c: _pages(w, c, 0),
    "web pages, 40 %": lambda w, c: _pages(w, c, 0.4),
    "random hashes, a known one 70 %": lambda w, c: _random_hashes(w, c, 0.7, False),
    "random hashes, new ones 70 %": lambda w, c: _random_hashes(w, c, 0.7, True),
    "issue numbers, 40 %": _issue_numbers,
    "several files in a call": _several_files,
    "typing errors, 40 %": _typing_errors,
    "null answers, 30 %": _null_answers,
}


def _greps(w, calls):
    for _ in range(200):
        pattern = w.new(lambda: w.word() + w.word())
        calls.append(w.call("grep", {"pattern": pattern, "path": "/home/ada/shop"}, "No matches found" if w.random.random() < 0.4 else w.content()))
        if w.random.random() < 0.5:
            calls.append(w.call("read_file", {"path": w.new(w.path)}, w.content()))


def _monitor(w, calls):
    for i in range(100):
        calls.append(w.call("get_alerts", {}, "[]" if i % 9 else w.content()))
        if i % 3 == 0:
            calls.append(w.call("get_metrics", {"host": w.word()}, f"cpu {w.random.random():.3f}"))


def _debugging(w, calls):
    for _ in range(40):
        calls.append(w.call("write_file", {"path": "/tmp/t.py", "content": w.lines(4)}, "File written"))
        last = w.random.choice(["TypeError: unsupported operand", f"KeyError: '{w.word()}'", f"ValueError: bad {w.word()}"])
        trace = f"Traceback (most recent call last):\n  File \"/tmp/t.py\", line {w.random.randrange(40)}, in <module>\n{last}"
        calls.append(w.call("bash", {"command": "python /tmp/t.py"}, trace if w.random.random() < 0.7 else w.content()))


def _orders(w, calls):
    base = w.random.randrange(10**6, 9 * 10**6)
    for _ in range(150):
        number = base + w.random.randrange(400)
        good = f'{{"order":{number},"total":{w.random.random()}}}'
        calls.append(w.call("get_order", {"order_id": number}, '{"error":"order not found"}' if w.random.random() < 0.15 else good))


def _repl(w, calls):
    for _ in range(80):
        text = w.random.choice([w.content(), "NameError: name 'x' is not defined", "SyntaxError: invalid syntax"])
        calls.append(w.call("python", {"code": w.lines(2)}, "" if w.random.random() < 0.4 else text))


def _forms(w, calls):
    for _ in range(30):
        calls.append(w.call("browser_type", {"ref": f"e{w.random.randrange(30)}", "text": w.word()}, "Typed"))
        calls.append(w.call("browser_click", {"ref": "e9"}, "Clicked"))
        calls.append(w.call("browser_snapshot", {}, w.content()))


def _to_do(w, calls):
    for _ in range(25):
        items = [{"t": w.word(), "s": w.random.choice(["pending", "done"])} for _ in range(4)]
        calls.append(w.call("todo_write", {"todos": items}, "Todos have been modified successfully."))
        calls.append(w.call("read_file", {"path": w.new(w.path)}, w.content()))


def _npm_test(w, calls):
    for _ in range(30):
        calls.append(w.call("edit_file", {"path": w.new(w.path), "old": w.lines(1), "new": w.lines(1)}, "ok"))
        calls.append(w.call("execute_command", {"command": "npm test"}, f"> test\n\nTests: 3 failed, 10 passed\nTime: {w.random.random():.2f} s"))


def _waiting_for_ci(w, calls):
    for _ in range(60):
        calls.append(w.call("get_workflow_run", {"run_id": 123456789}, '{"status":"in_progress","conclusion":null}'))


def _triage(w, calls):
    for i in range(60):
        calls.append(w.call("get_issue", {"n": 1000 + i}, '{"message":"Not Found","status":"404"}' if w.random.random() < 0.3 else w.content()))


def _lint(w, calls):
    for _ in range(100):
        calls.append(w.call("lint_file", {"path": w.new(w.path)}, "No issues found" if w.random.random() < 0.8 else w.content()))


HONEST = {"greps, 40 % without a match": _greps, "monitor": _monitor, "debugging a script": _debugging, "orders, 15 % gone": _orders, "REPL": _repl,
          "forms": _forms, "to-do lists": _to_do, "npm test": _npm_test, "waiting for CI": _waiting_for_ci, "sweep over issues, 30 % gone": _triage, "lint": _lint}


def sessions(kinds, seeds):
    for kind, make in kinds.items():
        for seed in range(seeds):
            w, calls = World(f"later{kind}{seed}"), []
            make(w, calls)
            yield _line(f"{kind} {seed}", calls, f"later {kind}{seed}", kind)
