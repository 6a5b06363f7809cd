"""JSON patterns for messages.

A pattern is JSON. An object matches if the message has all its members (or exactly these, with `exact`); arrays match element by
element. Numbers are compared as text, so 1, 1.0 and "1" all differ. Three strings are special in a pattern: "$any" matches
anything; "$name" matches anything at its first use, stores it by that name, and matches only the same value afterwards; "~glob"
matches a string with * and ?. An array that begins with "..." matches if each further element matches some element of the value.
"""
import fnmatch
import json


class Number(str):
    """A number as it was written. It is never equal to a string."""

    def __eq__(self, other):
        return isinstance(other, Number) and str.__eq__(self, other)

    __hash__ = str.__hash__


def parse(text):
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)


def dump(value):
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{dump(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def plain(value):
    """Returns the value with Python's numbers."""
    if isinstance(value, Number):
        return json.loads(value)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return list(map(plain, value)) if isinstance(value, list) else value


def matches(pattern, value, names, exact=False):
    """`names` holds the stored values. Names are added only if the whole pattern matches."""
    found = dict(names)
    if not _matches(pattern, value, found, exact):
        return False
    names.update(found)
    return True


def _matches(pattern, value, names, exact):
    if isinstance(pattern, str) and not isinstance(pattern, Number):
        return _string_matches(pattern, value, names)
    if isinstance(pattern, dict):
        if not isinstance(value, dict) or (exact and pattern.keys() != value.keys()):
            return False
        return all(k in value and _matches(p, value[k], names, exact) for k, p in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and _array_matches(pattern, value, names, exact)
    return type(pattern) is type(value) and pattern == value


def _string_matches(pattern, value, names):
    if pattern == "$any":
        return True
    if pattern.startswith("$"):
        name = pattern[1:]
        if name in names:
            return dump(names[name]) == dump(value)
        names[name] = value
        return True
    if isinstance(value, Number) or not isinstance(value, str):
        return False
    if pattern.startswith("~"):
        return fnmatch.fnmatchcase(value, pattern[1:].replace("[", "[[]"))
    return pattern == value


def _array_matches(pattern, value, names, exact):
    if pattern[:1] == ["..."]:
        return all(any(_matches(p, v, names, exact) for v in value) for p in pattern[1:])
    return len(pattern) == len(value) and all(_matches(p, v, names, exact) for p, v in zip(pattern, value))


def fill(text, names):
    """Replaces "$name" (with its quotes) by the value stored by that name."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(f'"${name}"', dump(names[name]))
    return text
