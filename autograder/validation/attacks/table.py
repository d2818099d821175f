"""The table of docs/security.md: what each attack achieved.

    python -m autograder.validation.attacks.table

grades every attack with every isolation that this machine has (minutes) and writes the results
between the two markers of the page.
"""

import platform
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from autograder.config.paths import REPOSITORY
from autograder.grading.sandbox import SandboxError, choose

from .attack import Attack, load_attacks
from .grading import ONLY, Aftermath, Host
from .verdicts import ASPECTS, of_pages, of_the_batch

PAGE = REPOSITORY.security_page
BEGIN, END = "<!-- attacks: begin -->", "<!-- attacks: end -->"
SANDBOXES = ("bwrap", "user", "none")
TITLES = {
    "results": "Points that were not earned",
    "host": "Harm to the machine, the judge or other submissions",
    "secrets": "Reading protected files",
    "files": "Files that are not a solution",
    "output": "Text that attacks its reader",
    "substance": "Points without a solution",
}
AT_ONCE = 14

Runs = Mapping[tuple[str, str], Aftermath]  # (isolation, attack) -> the run in which it was graded


def table(runs: Runs) -> str:
    """The table in Markdown: every attack that was graded, class by class."""
    lines = [_summary(runs), ""]
    for kind, attacks in load_attacks().items():
        rows = [_row(attack, runs) for attack in attacks if any(a == attack.name for _, a in runs)]
        lines += [f"### {TITLES[kind]}", "", f"| what it does | `{'` | `'.join(SANDBOXES)}` |"]
        lines += ["|---|" + "---|" * len(SANDBOXES), *rows, ""]
    return "\n".join(lines)


def write(runs: Runs) -> None:
    """Put the table on the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(runs)}\n{END}{after}")


def _summary(runs: Runs) -> str:
    attacks = {a.name: a for of_class in load_attacks().values() for a in of_class}
    words, harm = [], set()
    for isolation in SANDBOXES:
        graded = [(attacks[name], run) for (where, name), run in runs.items() if where == isolation]
        if isolation != "none":
            held = sum(not _faults(attack, run) for attack, run in graded)
            words.append(f"`{isolation}`: {held} of {len(graded)} held")
            for attack, run in graded:
                harm.update(of_the_batch(run, attack.run), of_pages(run))
    words.append(f"harm to host, judge, neighbours, pages: {_plain('; '.join(harm)) or 'none'}")
    on = f"{datetime.now(UTC):%Y-%m-%d}, Linux {platform.release().partition('-')[0]}"
    return f"{'; '.join(words)} ({on}). Empty cells were not tried."


def _row(attack: Attack, runs: Runs) -> str:
    cells = [_cell(attack, isolation, runs) for isolation in SANDBOXES]
    return f"| {_plain(attack.tries)} | {' | '.join(cells)} |"


def _cell(attack: Attack, isolation: str, runs: Runs) -> str:
    run = runs.get((isolation, attack.name))
    if run is None:
        return ""
    faults = _faults(attack, run)
    if isolation == "none":  # only this matters without isolation
        return "gets in" if any("GOT IN" in fault for fault in faults) else ""
    return "**not held**: " + _plain("; ".join(faults)[:120]) if faults else "held"


def _faults(attack: Attack, run: Aftermath) -> list[str]:
    return [fault for aspect in ASPECTS for fault in aspect(attack, run)]


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def _grade_all(folder: Path) -> Iterator[tuple[tuple[str, str], Aftermath]]:
    everything = [attack for attacks in load_attacks().values() for attack in attacks]
    host = Host(folder)
    for isolation in SANDBOXES:
        try:
            choose(isolation)
        except SandboxError as reason:
            print(f"{isolation}: {reason}")
            continue
        for run in ONLY:
            chosen = [a for a in everything if a.run == run and _belongs(a, isolation)]
            for start in range(0, len(chosen), AT_ONCE):
                part = tuple(chosen[start : start + AT_ONCE])
                print(f"{isolation}, {run}: {', '.join(attack.name for attack in part)}")
                after = host.grade(part, isolation, run)
                for attack in part:
                    yield (isolation, attack.name), after


def _belongs(attack: Attack, isolation: str) -> bool:
    return {"bwrap": True, "user": attack.user, "none": attack.bare}[isolation]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="hostile-", dir="/tmp") as place:
        write(dict(_grade_all(Path(place))))
