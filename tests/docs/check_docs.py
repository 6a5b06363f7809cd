#!/usr/bin/env python3
"""Checks that the manual and the program agree.

usage: check_docs.py CALLGATE SOURCE_ROOT

- every command of --help is a subsection of a manual page, and every such subsection is a command;
- a command's options are those of its subsection (and those of FILTERS, if the subsection refers to it);
- every key that the configuration's reader knows is in a table of callgate-config(5), and no other key does;
- docs/clients.md has a section for each client, with the files that are edited;
- callgate-doctor(1) has every code of `doctor --codes`, with its level, and no other;
- every file of the source that a README or another page in Markdown names exists, and no page has empty backticks;
- mandoc, if it is installed, reports no warnings.
"""
import fnmatch
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from counting import expect, finish

callgate, root = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])


def help_of(*words):
    done = subprocess.run([callgate, *words, "--help"], capture_output=True, text=True, timeout=20, check=True)
    return done.stdout


def section(text, title):
    """The lines under a title of a help text."""
    match = re.search(rf"^{title}\n((?:  .*\n)+)", text, re.M)
    return match.group(1).splitlines() if match else []


def options_of(lines):
    """Every "-n" and "--lines" on the left side of a table of options."""
    return {name for line in lines for name in re.findall(r"--?[a-z][a-z-]*", line.strip().split("  ")[0])}


def mdoc_options(text):
    found = set()
    for line in re.findall(r"^\.It (Fl .*)$", text, re.M):
        for part in re.split(r" , ", line):
            match = re.match(r"Fl (?:Fl )?([a-z][a-z-]*)", part)
            if match:
                found.add(("--" if part.startswith("Fl Fl") else "-") + match.group(1))
    return found


def blocks(text, macro):
    """{title: body} of the sections or subsections of a page."""
    parts = re.split(rf"^\.{macro} (.*)$", text, flags=re.M)
    ends = r"^\.Sh " if macro == "Ss" else r"^\.Sh \Z"
    return {title: re.split(ends, body, flags=re.M)[0] for title, body in zip(parts[1::2], parts[2::2])}


def check_commands():
    own = {path.stem.removeprefix("callgate-"): path.read_text(encoding="utf-8") for path in (root / "man").glob("callgate-*.1")}
    pages = [(root / "man" / "callgate.1").read_text(encoding="utf-8"), *own.values()]
    filters = mdoc_options(blocks(own["history"], "Sh")["FILTERS"])
    documented = {}
    for page in pages:
        for title, body in blocks(page, "Ss").items():
            if words := re.match(r"callgate ([a-z]+(?: [a-z]+)*)", title):
                documented[words.group(1)] = mdoc_options(body) | (filters if ".Sx FILTERS" in body else set())
    for name, page in own.items():  # a command that refers to its own page, which describes its subcommands or itself
        if documented[name]:
            continue
        if f"\n.Ss callgate {name} " in page:
            documented.pop(name)
        else:
            documented[name] = mdoc_options(page)
    listed = {re.match(r"\s+callgate ((?:[a-z-]+ ?)+)", line).group(1).strip(): line for line in section(help_of(), "Commands")}
    for command in sorted(set(listed) | set(documented)):
        expect(command in documented, f"callgate {command}: in no manual page")
        expect(command in listed, f"callgate {command}: in a manual page, but not in --help")
        if command in documented and command in listed:
            told, real = documented[command], options_of(section(help_of(*command.split()), "Options"))
            expect(told == real, f"callgate {command}: the manual has {sorted(told)}, the program {sorted(real)}")
    for title in ("Global options", "Options without a command"):
        told = mdoc_options(blocks(pages[0], "Sh")[title.upper()])
        real = options_of(section(help_of(), title))
        expect(told == real, f"{title}: the manual has {sorted(told)}, the program {sorted(real)}")


def keys_of_the_reader():
    """Members of objects as src/config reads them: {"name", <what reads it>}; and the guard's rules, whose names are in src/record."""
    reads = r"\[|rule\(|time\(|bytes\(|count\(|kind\(|subject\(|list\("
    keys = set()
    for path in (root / "src" / "config").glob("*.cc"):
        keys |= set(re.findall(rf'\{{"([A-Za-z0-9_-]+)",\s*(?:{reads})', path.read_text(encoding="utf-8")))
    rules = (root / "src" / "record" / "finding.cc").read_text(encoding="utf-8")
    return keys | set(re.findall(r'case GuardRule::\w+:\s+return "([a-z-]+)"', rules))


def check_keys():
    page = (root / "man" / "callgate-config.5").read_text(encoding="utf-8")
    told = set(re.findall(r"^\.Ss (\w+)$", page, re.M))
    for row in re.findall(r"^\.It ([A-Za-z0-9_.-]+) Ta (.*)$", page, re.M):
        told.add(row[0].split(".")[-1])
        expect(len(row[1].split(" Ta ")) == 3, f"callgate-config(5): {row[0]} needs type, default and since")
    real = keys_of_the_reader()
    expect(len(real) > 30, "the keys of src/config could not be read; has its style changed?")
    for key in sorted(real - told):
        expect(False, f"callgate-config(5) lacks the key {key}")
    for key in sorted(told - real):
        expect(False, f"callgate-config(5) has {key}, which is no key")
    expect(told == real, "keys differ")


def check_findings():
    page = (root / "man" / "callgate-doctor.1").read_text(encoding="utf-8")
    told = set(re.findall(r"^\.It Li (doctor\.\w+) Pq (\w+)$", page, re.M))
    done = subprocess.run([callgate, "doctor", "--codes", "--json"], capture_output=True, text=True, timeout=20, check=True)
    real = {(each["code"], each["level"]) for each in json.loads(done.stdout)["codes"]}
    expect(len(real) > 30, "callgate doctor --codes tells too few")
    for finding in sorted(told ^ real):
        expect(False, f"callgate-doctor(1) and callgate doctor --codes differ in {finding}")
    expect(told == real, "findings differ")


def check_pages():
    if not shutil.which("mandoc"):
        return
    for page in sorted((root / "man").glob("*.[1-9]")):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(page)], capture_output=True, text=True, check=False)
        expect(not done.stdout, done.stdout.strip())


def check_clients():
    """Checks that each client that callgate knows has a section, which names the files that callgate edits."""
    page = (root / "docs" / "clients.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^## (.*)\n((?:(?!## ).*\n)*)", page, re.M))
    with tempfile.TemporaryDirectory() as home:
        (pathlib.Path(home) / "project").mkdir()

        def ask(*words):
            return subprocess.run([callgate, "register", *words], capture_output=True, text=True, timeout=20, check=False,
                                  env={"HOME": home, "PATH": "/usr/bin:/bin"}, cwd=pathlib.Path(home) / "project")

        known = re.search(r"known clients are: (.*)", ask("nobody").stderr).group(1).split(", ")
        expect(sorted(set(told) - {"Anything else"}) == sorted(known), f"docs/clients.md has sections of {sorted(told)}, callgate knows {known}")
        for client in known:
            for scope in ("user", "project"):
                done = ask(client, "--scope", scope, "--dry-run", "--json")
                if done.returncode != 0:
                    continue
                file = json.loads(done.stdout)["file"].replace(f"{home}/project/", "./").replace(home, "~")
                if sys.platform != "darwin":
                    expect(f"`{file}`" in told.get(client, ""), f"docs/clients.md, {client}: {file} is not named")


NAMES_A_FILE = re.compile(r"`([\w./*-]+\.(?:cc|h|py|html|css|md))`|`((?:src|include|tests|docs|man|packaging)/[\w./*-]*)`")
EXAMPLES = {"NOUN_VERB.cc", "NOUN.cc", "tests/corpus/NAME"}


def check_named_files():
    files = []
    for folder, inner, names in os.walk(root):
        inner[:] = [each for each in inner if each not in ("build", "subprojects", ".git", "node_modules")]
        files += [(pathlib.Path(folder) / each).relative_to(root).as_posix() for each in [*inner, *names]]
    files_and_ends = {"/".join(parts[at:]) for parts in (file.split("/") for file in files) for at in range(len(parts))}
    for page in sorted(file for file in files if file.endswith(".md") and file != "CHANGELOG.md"):
        text = (root / page).read_text(encoding="utf-8")
        expect(not re.search(r"(?<!`)``(?!`)", text), f"{page} has empty backticks")
        for name in {(one or two).rstrip("/") for one, two in NAMES_A_FILE.findall(text)} - EXAMPLES:
            found = fnmatch.filter(files_and_ends, name) if "*" in name else name in files_and_ends
            expect(bool(found), f"{page} names {name}, which does not exist")


check_commands()
check_keys()
check_findings()
check_pages()
check_clients()
check_named_files()
finish()
