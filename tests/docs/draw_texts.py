#!/usr/bin/env python3
"""Draws texts of the project at random, to test whether readers who do not know the project understand each text at first reading.

    tests/docs/draw_texts.py SEED         40 comments, 40 messages and 20 paragraphs of the manuals; the same seed draws the same texts
    tests/docs/draw_texts.py SEED --key   the same, each with its place
    tests/docs/draw_texts.py all PATH…    all texts of these files and folders, each with its place

A reader explains each text in their own words. A developer who knows the code then checks the answers: at least 95 of 100 should be right.
"""
import pathlib
import random
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMENT = re.compile(r"(?:^[ \t]*//.*\n)+", re.M)
# Adjacent literals of C++ are one text.
LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*')


def sources():
    for folder in ("src", "include"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cc"):
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def comments():
    for path, text in sources():
        for match in COMMENT.finditer(text):
            words = " ".join(re.sub(r"^\s*//[/<]*\s?", "", line) for line in match.group().splitlines())
            if len(words.split()) >= 6:
                # A reader sees a comment together with the line below it.
                below = text[match.end() :].split("\n", 1)[0].strip()
                yield f"{path}:{line_of(text, match.start())}", words + (f"\n      [above: {below}]" if below and line_of(text, match.start()) > 1 else "")


def messages():
    for path, text in sources():
        code = re.sub(r"//[^\n]*", lambda m: " " * len(m.group()), text)
        for match in LITERAL.finditer(code):
            words = "".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', match.group()))
            if len(words.split()) >= 5 and not re.search(r"\b(select|insert|create|update|delete|pragma|from|where) \w+ ?[;,=(]|\b(select|insert|create|pragma) ", words) and "<" not in words:
                yield f"{path}:{line_of(text, match.start())}", words.replace('\\"', '"').replace("\\n", " ")


def paragraphs():
    for page in sorted((ROOT / "man").glob("*.[1578]")):
        text = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=100", page], capture_output=True, text=True, check=True).stdout
        text = re.sub(".\x08", "", text)
        for part in re.split(r"\n\s*\n", text):
            words = " ".join(part.split())
            if len(words.split()) >= 20:
                yield page.name, words


def all_of(paths):
    for title, texts in (("Comments", comments()), ("Messages", messages()), ("Manual", paragraphs())):
        print(f"== {title}")
        for place, text in texts:
            if any(place.startswith(path.removeprefix("man/")) for path in paths):
                print(f"{place}: {text}")


def main():
    if sys.argv[1] == "all":
        return all_of(sys.argv[2:])
    seed, key = int(sys.argv[1]), sys.argv[2:] == ["--key"]
    chance = random.Random(seed)
    number = 0
    for title, texts, count in (("Comments", comments(), 40), ("Messages", messages(), 40), ("Manual", paragraphs(), 20)):
        print(f"== {title}")
        for place, text in chance.sample(sorted(texts), count):
            number += 1
            print(f"{number:3}. {place + ': ' if key else ''}{text}")


if __name__ == "__main__":
    main()
