#!/usr/bin/env python3
"""Checks that the schema, the manual and the reader of the configuration agree.

usage: check_schema.py CALLGATE CONFIG_READER SOURCE_ROOT

- the tables of callgate-config(5) contain every key of the schema, with the same default, and no other key;
- the schema accepts what the reader accepts, for every key with values of every kind, and the reader refuses what the schema refuses;
- both accept the same examples of the manual and of the corpus.
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

callgate, reader, root = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])
env = {**os.environ, "HOME": "/home/me"}
for name in ("CALLGATE_CONFIG", "CALLGATE_STATE"):
    env.pop(name, None)


schema = json.loads(subprocess.run([callgate, "config", "schema"], capture_output=True, text=True, timeout=20, check=True).stdout)


def resolve(body):
    while "$ref" in body:
        target = schema
        for step in body["$ref"].removeprefix("#/").split("/"):
            target = target[int(step) if isinstance(target, list) else step]
        body = {**target, **{key: value for key, value in body.items() if key != "$ref"}}
    return body


TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_type(value, name):
    if name in ("number", "integer"):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and (name == "number" or value == int(value))
    return isinstance(value, TYPES[name])


KNOWN = {"$schema", "title", "description", "default", "type", "enum", "const", "anyOf", "oneOf", "properties", "additionalProperties", "required",
         "propertyNames", "minProperties", "maxProperties", "dependentRequired", "items", "minItems", "maxItems", "minimum", "maximum", "pattern",
         "minLength", "maxLength"}


def valid(body, value):
    """The part of JSON Schema that ours uses."""
    body = resolve(body)
    assert set(body) <= KNOWN, set(body) - KNOWN
    types = body.get("type", [])
    if types and not any(is_type(value, name) for name in ([types] if isinstance(types, str) else types)):
        return False
    if "enum" in body and value not in body["enum"] or "const" in body and (value != body["const"] or type(value) is not type(body["const"])):
        return False
    if "anyOf" in body and not any(valid(each, value) for each in body["anyOf"]):
        return False
    if "oneOf" in body and sum(valid(each, value) for each in body["oneOf"]) != 1:
        return False
    if isinstance(value, dict):
        properties, rest = body.get("properties", {}), body.get("additionalProperties", {})
        if not all(key in value for key in body.get("required", [])):
            return False
        if not body.get("minProperties", 0) <= len(value) <= body.get("maxProperties", len(value)):
            return False
        if not all(valid(body.get("propertyNames", {}), key) for key in value):
            return False
        if not all(other in value for key, others in body.get("dependentRequired", {}).items() if key in value for other in others):
            return False
        for key, each in value.items():
            inside = properties.get(key, rest)
            if inside is False or inside is not True and not valid(inside, each):
                return False
    if isinstance(value, list):
        if not body.get("minItems", 0) <= len(value) <= body.get("maxItems", len(value)):
            return False
        if not all(valid(body.get("items", {}), each) for each in value):
            return False
    if isinstance(value, str):
        if not body.get("minLength", 0) <= len(value) <= body.get("maxLength", len(value)):
            return False
        if "pattern" in body and not re.search(body["pattern"], value):
            return False
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return body.get("minimum", value) <= value <= body.get("maximum", value)
    return True


def keys(body, path=()):
    """Every property below: its path, where * is any name and [] any element, and its body."""
    body = dict(body)
    if "$ref" in body:
        return
    for name, each in body.get("properties", {}).items():
        yield (*path, name), each
        yield from keys(each, (*path, name))
    if isinstance(body.get("additionalProperties"), dict):
        yield from keys(body["additionalProperties"], (*path, "*"))
    if "items" in body:
        yield from keys(body["items"], (*path, "[]"))
    for each in body.get("anyOf", []):
        yield from keys(each, path)


def check_manual():
    page = (root / "man" / "callgate-config.5").read_text(encoding="utf-8")
    parts = re.split(r"^\.Ss (\S+)$", page, flags=re.M)
    rows = {}
    for title, text in zip(parts[1::2], parts[2::2]):
        for name, columns in re.findall(r"^\.It (\S+) Ta (.*)$", re.split(r"^\.Sh ", text, flags=re.M)[0], re.M):
            rows[title, name] = columns.split(" Ta ")[1]
    real = set()
    for path, body in keys(schema):
        if len(path) == 1 or path[:3] == ("profiles", "*", "policy") and len(path) > 3:
            continue
        inner = [step for step in path[1:] if step not in ("*", "[]")]
        if path[0] == "policy" and len(inner) > 1:
            inner = inner[-1:]
        key = (path[0], ".".join(inner))
        real.add(key)
        expect(key in rows, f"callgate-config(5) lacks {key[1]} in {key[0]}")
        if key in rows and "default" in body:
            told = body["default"] if isinstance(body["default"], str) else json.dumps(body["default"])
            expect(rows[key] == told, f"callgate-config(5): the default of {key} is {rows[key]!r}, in the schema {told!r}")
        elif key in rows:
            expect(rows[key] in ("ours", "any", "all") or rows[key].startswith("none"), f"callgate-config(5): {key} has the default {rows[key]!r}, the schema none")
    for key in sorted(set(rows) - real - {("mcpServers", "url")}):
        expect(False, f"callgate-config(5) has {key}, which the schema has not")
    example = re.search(r"^\.Sh EXAMPLES\n\.Bd -literal\n(.*?)^\.Ed", page, re.M | re.S).group(1).replace("\\e", "\\")
    return example


def plain(text):
    """JSON without comments and trailing commas; good enough for our own files."""
    text = re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', lambda match: match.group(1) or "", text, flags=re.S)
    return re.sub(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', lambda match: match.group(1) or "", text)


def codes_of_errors(cases):
    """For each file the codes of the reader's errors."""
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run([reader], input=lines, capture_output=True, text=True, timeout=60, env=env, check=True)
    return [line.split() for line in done.stdout.splitlines()]


VALUES = [None, True, False, 0, 1, -1, 1.5, 4096, 65536, 10**12, "", "x", "10s", "1KiB", "stdio", "auto", "all", "always", "allow", "off", "mask", "before", "refuse",
          "*", "/a", "~/b", "127.0.0.1:1", "a" * 1025, [], ["x"], ["/a"], [1], ["s__*"], [[]], {}, {"x": "y"}, {"x": {}}, {"x": {"absent": True}}, {"unknown": 1}]


def around(path, value):
    """Returns a file that is valid except for `value` at `path`."""
    for step in reversed(path):
        value = [value] if step == "[]" else {"s" if step == "*" else step: value}
    for server in value.get("mcpServers", {}).values() if isinstance(value.get("mcpServers"), dict) else []:
        if isinstance(server, dict):
            server.setdefault("command", "x")
    if "mcpServers" not in value:
        value["mcpServers"] = {"s": {"command": "x"}}
    if path[:3] == ("policy", "deny", "[]") and len(path) > 3:
        rule = value["policy"]["deny"][0]
        if not set(rule) & {"tool", "prompt", "resource", "server"}:
            rule.update({"server": "s"} if "question" in rule else {"tool": "s__*"})
        if "server" in rule:
            rule.setdefault("question", "*")
    return value


def check_agreement(texts):
    cases = [json.loads(plain(text)) for text in texts]
    cases += [around(path, value) for path, _ in keys(schema) for value in VALUES]
    refused = 0
    for case, errors in zip(cases, codes_of_errors(cases), strict=True):
        by_schema = valid(schema, case)
        refused += not by_schema
        expect(by_schema or errors, f"the schema refuses what the reader accepts: {json.dumps(case)[:300]}")
        # Types and keys are the schema's business; names that must be configured and the like are not.
        told = [code for code in errors if code in ("config.unknown_key", "config.type")]
        expect(not (by_schema and told), f"the reader refuses what the schema accepts: {json.dumps(case)[:300]}\n  {told}")
    expect(refused > len(cases) // 4, f"only {refused} of {len(cases)} files were refused: the cases are too weak")


example = check_manual()
with tempfile.TemporaryDirectory() as home:
    subprocess.run([callgate, "--config", f"{home}/c.json", "config", "init"], capture_output=True, timeout=20, check=True)
    starter = pathlib.Path(f"{home}/c.json").read_text(encoding="utf-8")
corpus = [path.read_text(encoding="utf-8") for path in sorted((root / "tests/corpus/config").iterdir())]
for text in (example, starter):
    expect(valid(schema, json.loads(plain(text))), f"the schema refuses an example:\n{text}")
check_agreement([example, starter, *corpus])
finish()
