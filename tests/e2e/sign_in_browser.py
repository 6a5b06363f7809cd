"""A browser for `callgate auth login`: follows redirects, and writes the last page to a file.

usage: sign_in_browser.py FILE URL"""
import pathlib
import sys
import urllib.error
import urllib.request

try:
    answer = urllib.request.urlopen(sys.argv[2], timeout=60)
except urllib.error.HTTPError as error:
    answer = error
page = pathlib.Path(sys.argv[1])
part = page.with_suffix(".part")
part.write_text(f"{answer.status}\n{answer.headers}\n{answer.read().decode()}\n{sys.argv[2]}\n", "utf-8")
part.rename(page)
