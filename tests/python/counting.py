"""What the checks written in Python share: expectations that are counted, and the report at the end."""
import sys

MOST_TOLD = 40
_passed, _wrong = 0, []


def expect(good, text):
    global _passed
    if good:
        _passed += 1
    else:
        _wrong.append(text)


def finish():
    """Tells what did not hold, sums up as `N passed, N failed`, and ends with 1 if anything failed."""
    for text in _wrong[:MOST_TOLD]:
        print(f"FAILED {text}")
    print(f"{_passed} passed, {len(_wrong)} failed")
    sys.exit(1 if _wrong else 0)
