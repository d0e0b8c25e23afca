"""Counts cases and says which of them differed without leave."""

import json
import os
import re
from pathlib import Path

EXPECTED = json.loads((Path(__file__).parent / "expected-differences.json").read_text())


class Report:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.excused = {}
        self.kinds = {}

    def case(self, label, method, path, request, theirs, ours):
        """Counts a case; tells whether the answers were the same."""
        if theirs.status == ours.status and same(theirs, ours):
            self.passed += 1
            return True
        for entry in EXPECTED:
            if matches(entry, f"{method} {path}", request, theirs, ours):
                self.passed += 1
                self.excused[entry["reason"]] = self.excused.get(entry["reason"], 0) + 1
                return False
        self.failed += 1
        kind = (label, theirs.status, theirs.code, ours.status, ours.code)
        if theirs.status != 200 and ours.status != 200:
            kind += (re.sub(r"'[^']*'|\d+", "…", theirs.message)[:60],)
        seen = self.kinds.setdefault(kind, [])
        if len(seen) < int(os.environ.get("DIFFERENTIAL_SHOW", "2")):
            seen.append((method, path, request, theirs, ours))
        return False

    def end(self):
        for kind, examples in sorted(self.kinds.items(), key=str):
            print(f"failed: differential: {kind[0]}: {kind[1:]}")
            for method, path, request, theirs, ours in examples:
                print(f"  {method} {path} {json.dumps(request, ensure_ascii=False, default=str)[:700]}")
                for name, answer, other in (("mlflow ", theirs, ours), ("slipway", ours, theirs)):
                    print(f"    {name} {excerpt(answer, other)}")
        for reason, count in sorted(self.excused.items()):
            print(f"expected, {count} times: {reason}")
        print(f"{self.passed} passed, {self.failed} failed")
        return self.failed == 0


# Refusals of filters and orders: of several faults in one request, each server may name another.
SEARCH = re.compile(
    r"^(Invalid (clause|order|attribute key|dataset key|entity|comparator|comparison|filter|search)|Expected |Only the|"
    r"Invalid identifier|Invalid span|Invalid issue|\S+ comparator|Invalid prompts|While parsing|Parameter value is either|IS NULL|`order_by`|Search filter|`dataset_name`|Error on parsing|"
    r"Invalid value .* for parameter 'max_results'|Invalid value for)"
)


def same(theirs, ours):
    if theirs.status == 200:
        return theirs.body == ours.body
    if theirs.code != ours.code:
        return False
    if SEARCH.match(theirs.message) and SEARCH.match(ours.message):
        return True
    return words(theirs.message) == words(ours.message)


def words(message):
    """A message without what Python itself words: hints about types, and what it read in a token."""
    if message.startswith("Invalid page token"):
        return "Invalid page token"
    return " ".join(message.split("Hint:")[0].split())


def matches(entry, endpoint, request, theirs, ours):
    return (
        re.search(entry.get("endpoint", ""), endpoint) is not None
        and re.search(entry.get("request", ""), json.dumps(request, default=str)) is not None
        and re.search(entry.get("mlflow", ""), theirs.brief(), re.S) is not None
        and re.search(entry.get("slipway", ""), ours.brief(), re.S) is not None
    )


def excerpt(answer, other):
    """The answer from a little before the first place where it is unlike the other."""
    mine, yours = answer.brief(), other.brief()
    at = next((i for i, (a, b) in enumerate(zip(mine, yours)) if a != b), min(len(mine), len(yours)))
    return mine[:8] + "…" + mine[max(8, at - 120) : at + 200] if at > 200 else mine[:400]
