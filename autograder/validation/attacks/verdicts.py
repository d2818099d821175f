"""What is wrong with the result of an attack, as lists of words: empty if the attack was held."""

import csv
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser

from .attack import Attack
from .grading import FULL, Aftermath

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# How far a worker gets before its limits end it depends on the machine: it may always end so, if
# the page says this instead of the expected words.
CUT_OFF = {"timed out", "crashed"}
WORDS_OF_CUT_OFF = r"no answer within|the process that ran|the submission (used|left) more"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def of_score(attack: Attack, run: Aftermath) -> list[str]:
    """It earns no more than its honest part, and its checks end as they should."""
    score, faults = run.results(attack.name)["score"], []
    if score > attack.earns + 0.005:
        faults.append(f"earned {score:g} points, {attack.earns:g} at most are honest")
    if strange := run.outcomes(attack.name) - {"passed", *attack.ends} - CUT_OFF:
        faults.append(f"checks ended in {', '.join(sorted(strange))}")
    return faults


def of_secrets(attack: Attack, run: Aftermath) -> list[str]:
    """It got into nothing, and no canary turns up anywhere."""
    pages = run.staff(attack.name) + run.student(attack.name)
    got_in = re.findall(r"GOT IN: .*", pages)
    return got_in + [f"read: {name}" for name, canary in run.canaries.items() if canary in pages]


def of_staff(attack: Attack, run: Aftermath) -> list[str]:
    """Staff see what happened."""
    return _missing(attack.staff, attack, run, run.staff(attack.name))


def of_student(attack: Attack, run: Aftermath) -> list[str]:
    """The student reads a useful sentence, and nothing of the inputs of a hidden check."""
    page = run.student(attack.name)
    hidden = [f"a hidden check shows: {text}" for text in re.findall(r"ASKED 1000\b", page)]
    return _missing(attack.student, attack, run, page) + hidden


def _missing(patterns: Sequence[str], attack: Attack, run: Aftermath, page: str) -> list[str]:
    """Patterns that a page does not match: of the attack, or of one that was cut off before."""
    if run.outcomes(attack.name) & CUT_OFF - set(attack.ends):
        patterns = [f"{one}|{WORDS_OF_CUT_OFF}" for one in patterns]
    missing = [text for text in patterns if not re.search(text, page, re.DOTALL)]
    return [f"missing: {text}" for text in missing] + ([page[-6000:]] if missing else [])


def of_time(attack: Attack, run: Aftermath) -> list[str]:
    """It is judged to its end, and does not hold up the others."""
    results = run.results(attack.name)
    faults = [] if results["extra_data"]["finished"] or not results["tests"] else ["not finished"]
    if (seconds := run.record(attack.name)["seconds"]) > attack.ceiling * run.slowness:
        faults.append(f"took {seconds} seconds")
    return faults


ASPECTS: tuple[Callable[[Attack, Aftermath], list[str]], ...] = (
    of_score,
    of_secrets,
    of_staff,
    of_student,
    of_time,
)


def of_the_batch(run: Aftermath, kind: str) -> list[str]:
    """The judge, the host and the others are none the worse."""
    faults = list(run.harm)
    status, stderr = run.done.returncode, run.done.stderr
    if status or "Traceback" in stderr:
        faults.append(f"the judge ended with status {status}\n{stderr[-2000:]}")
    full = FULL.get(kind)
    honest = {"honest_before": full, "honest_after": full, "starter_after": 0}
    for name, points in honest.items() if full else ():
        results = run.results(name)
        if results["score"] != points or not results["extra_data"]["finished"]:
            faults.append(f"{name} has {results['score']} points, not {points}")
    return faults


def of_pages(run: Aftermath) -> list[str]:
    """No file and no terminal is given anything but text."""
    faults = []
    for name, text in run.texts().items():
        if odd := CONTROLS.findall(text):
            faults.append(f"{name} has {sorted(set(odd))!r}")
        if name.endswith(".html"):
            page = _Page()
            page.feed(text)
            faults += [f"{name} has {what}" for what in page.foreign]
        if name.endswith(".csv"):
            cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
            faults += [f"{name} has {cell}" for cell in cells if cell.startswith(FORMULA)]
    return faults


class _Page(HTMLParser):
    """A page as a browser would read it: attributes that run, and elements by the thousand."""

    def __init__(self):
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.foreign.append(f'{name}="{value}"')
            if name == "src" and not (value or "").startswith("data:"):
                self.foreign.append(f'{name}="{value}"')
        if tag in ("iframe", "object", "embed", "base", "form", "link"):
            self.foreign.append(f"<{tag}>")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and re.search(r"alert\(\d\)", data):
            self.foreign.append(data[:80])
