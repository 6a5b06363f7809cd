#!/usr/bin/env python3
"""Tests clients' files in every shape that people have: registering changes the servers and no other byte, unregistering restores the file,
and a broken file stays unchanged, with an error that names it.

usage: check_files.py CALLGATE

A file of files/ is named CLIENT[@SCOPE]~WHAT.EXTENSION; WHAT begins with `broken-` if nothing may be changed. The parts
outside of the servers are found by this script's own readers.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from counting import expect, finish

callgate = str(pathlib.Path(sys.argv[1]).resolve())
files = pathlib.Path(__file__).resolve().parent / "files"

PLACES = {  # below the home folder, or below the project's
    "antigravity": (".gemini/antigravity/mcp_config.json", "mcpServers"),
    "claude-code": (".claude.json", "mcpServers"),
    "claude-code@project": (".mcp.json", "mcpServers"),
    "claude-desktop": (".config/Claude/claude_desktop_config.json", "mcpServers"),
    "cline": (".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", "mcpServers"),
    "codex": (".codex/config.toml", "mcp_servers"),
    "codex@project": (".codex/config.toml", "mcp_servers"),
    "continue": (".continue/mcpServers/mcp.json", "mcpServers"),
    "continue.yaml": (".continue/config.yaml", "mcpServers"),
    "continue@project.yaml": (".continue/mcpServers/play.yaml", "mcpServers"),
    "copilot": (".copilot/mcp-config.json", "mcpServers"),
    "crush": (".config/crush/crush.json", "mcp"),
    "cursor": (".cursor/mcp.json", "mcpServers"),
    "cursor@project": (".cursor/mcp.json", "mcpServers"),
    "droid": (".factory/mcp.json", "mcpServers"),
    "gemini": (".gemini/settings.json", "mcpServers"),
    "gemini@project": (".gemini/settings.json", "mcpServers"),
    "goose": (".config/goose/config.yaml", "extensions"),
    "junie": (".junie/mcp/mcp.json", "mcpServers"),
    "junie@project": (".junie/mcp/mcp.json", "mcpServers"),
    "kilocode": (".config/kilo/kilo.json", "mcp"),
    "kiro": (".kiro/settings/mcp.json", "mcpServers"),
    "lm-studio": (".lmstudio/mcp.json", "mcpServers"),
    "opencode": (".config/opencode/opencode.json", "mcp"),
    "opencode@project": ("opencode.json", "mcp"),
    "qwen": (".qwen/settings.json", "mcpServers"),
    "vscode": (".config/Code/User/mcp.json", "servers"),
    "vscode@project": (".vscode/mcp.json", "servers"),
    "warp": (".warp/.mcp.json", "mcpServers"),
    "windsurf": (".codeium/windsurf/mcp_config.json", "mcpServers"),
    "zed": (".config/zed/settings.json", "context_servers"),
    "zed@project": (".zed/settings.json", "context_servers"),
}

TOKEN = re.compile(r'(?P<blank>(?:\s|//[^\n]*|/\*.*?\*/)+)|(?P<string>"(?:[^"\\]|\\.)*")|(?P<mark>[{}\[\]:,])|(?P<word>[^\s{}\[\]:,"/]+)', re.S)


def servers_span(text, key):
    """Returns the span of the value of the outermost member `key` in JSON with comments, or None if there is none."""
    depth, name, start = 0, None, None
    for token in TOKEN.finditer(text):
        if token["string"] and depth == 1 and start is None:
            name = json.loads(token["string"])
        elif token["mark"] in ("{", "["):
            depth += 1
            if depth == 2 and name == key and start is None:
                start = token.start()
        elif token["mark"] in ("}", "]"):
            depth -= 1
            if depth == 1 and start is not None:
                return start, token.end()
        elif token["mark"] == "," and depth == 1:
            name = None
    return None


def outside_json(text, key):
    """Returns the texts before and after the servers, or None if there are none."""
    span = servers_span(text, key)
    return None if span is None else (text[:span[0]], text[span[1]:])


def outside_toml(text, key):
    """Returns the lines of all tables except the servers'."""
    kept, ours, table, quote = [], False, False, None
    for line in text.splitlines(keepends=True):
        if quote is None and line.startswith("["):
            ours, table = line.startswith(f"[{key}."), True
        elif quote is None and not table and line[:1].isalpha():
            ours = line.startswith(f"{key}.")
        if not ours:
            kept.append(line)
        for mark in re.findall(r'"""|\'\'\'', line):
            quote = None if quote == mark else quote or mark
    return "".join(line for line in kept if line.strip())


def outside_yaml(text, key):
    """Returns the lines of all blocks except the servers'."""
    kept, ours = [], False
    for line in text.splitlines(keepends=True):
        if line.strip() and not line.startswith((" ", "#", "-")):
            ours = line.startswith(f"{key}:")
        if not ours:
            kept.append(line)
    return "".join(kept)


def same_outside(before, after, suffix, key):
    if suffix == ".toml":
        return outside_toml(before, key) == outside_toml(after, key)
    if suffix == ".yaml":
        return outside_yaml(before, key) == outside_yaml(after, key)
    was, now = outside_json(before, key), outside_json(after, key)
    if was is not None:
        return was == now
    # The member is new: the old text is unchanged and in order, and only the member was added.
    head, tail = now
    head = re.sub(rf'"{key}"\s*:\s*$', "", head)
    blank = lambda part: re.sub(r"[\s,{}\ufeff]", "", part)
    return blank(before) == blank(head) + blank(tail) and comments(before) == comments(head + tail)


def comments(text):
    return [line for token in TOKEN.finditer(text) if token["blank"] for line in re.findall(r"//[^\n]*|/\*.*?\*/", token["blank"], re.S)]


def run(home, *words):
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    done = subprocess.run([callgate, *words], cwd=home / "project", env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def check(path, home):
    client, what = path.stem.split("~", 1)
    place, key = PLACES.get(client + path.suffix) or PLACES[client]
    name, _, scope = client.partition("@")
    (home / "project").mkdir(parents=True)
    file = (home / "project" if scope else home) / place
    file.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_bytes()
    file.write_bytes(before)
    file.chmod(0o640)
    words = [name, "--yes", *(["--scope", scope] if scope else [])]
    code, said = run(home, "register", *words, "--no-start")
    if what.startswith("broken-"):
        expect(code == 1, f"{path.name}: " + f"register ended with {code}: {said}")
        expect(str(file) in said and "callgate: " in said, f"{path.name}: " + f"the error does not name the file: {said}")
        expect(file.read_bytes() == before, f"{path.name}: " + "a broken file was touched")
        expect(not (home / ".config/callgate/config.json").exists(), f"{path.name}: " + "something was imported from a broken file")
        return
    expect(code == 0, f"{path.name}: " + f"register ended with {code}: {said}")
    after = file.read_bytes()
    bom = b"\xef\xbb\xbf"
    expect(after.startswith(bom) == before.startswith(bom), f"{path.name}: " + "the byte order mark")
    was, now = (part.removeprefix(bom).decode("utf-8") for part in (before, after))
    expect(same_outside(was, now, path.suffix, key), f"{path.name}: " + f"other bytes changed:\n{now}")
    expect(os.path.realpath(callgate) in now or callgate in now, f"{path.name}: " + f"callgate is not in it:\n{now}")
    expect("\r\n" not in was or path.stem.endswith("mixed-line-ends") or "\n" not in now.replace("\r\n", ""), f"{path.name}: " + "line ends")
    expect(file.stat().st_mode & 0o777 == 0o640, f"{path.name}: " + "the file's mode")
    code, said = run(home, "register", *words, "--no-start")
    expect(code == 0 and file.read_bytes() == after, f"{path.name}: " + f"registering a second time: {code}: {said}")
    code, said = run(home, "unregister", *words)
    expect(code == 0, f"{path.name}: " + f"unregister ended with {code}: {said}")
    expect(file.read_bytes() == before, f"{path.name}: " + f"the file is not restored:\n{file.read_bytes()!r}\n{before!r}")


def main():
    all_files = sorted(path for path in files.iterdir() if "~" in path.name)
    expect(len(all_files) >= 60, f"only {len(all_files)} files")
    with tempfile.TemporaryDirectory(prefix="callgate-files-") as folder:
        for number, path in enumerate(all_files):
            check(path, pathlib.Path(folder) / str(number))


main()
finish()
