"""Compare the grading of a set of independent submissions with what their authors expect.

    python -m autograder.validation.independent EXPECTED.yaml RESULTS

prints each pair (submission, task) whose verdict differs, with the checks that decided, then each
diagnosis of a task that is wrong beside its author's words, and how many of the pairs agree.
"""

import json
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from autograder.command_line import run_alone
from autograder.grading.batch.journal import NAME
from checkkit.runner.outcomes import NO_FAULT, WAITING, Outcome

# The task whose code a further check judges, by what its name ends in or contains.
_GUIDED_LOSS = ("one_class_in_ten", "guided_mixture", "guided_target")
_CLASSES = ("[class]", "all_or_none_dropped", "classes_of_any_number")
_TIMES = ("[time]", "time_enters")
_PLAIN = ("[unconditional]", "unconditional_unet")
_OWNERS: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "hidden_unets": (
        (_CLASSES, "class_unet"),
        (_TIMES, "time_unet"),
        (_PLAIN, "unet"),
        (("",), ""),
    ),
    "hidden_schedule": ((("",), "schedule"),),
    "hidden_forward": ((("",), "forward"),),
    "hidden_sample": ((("",), "sample"),),
    "hidden_guidance": ((_GUIDED_LOSS, "cfg_forward"), (("",), "cfg_sample")),
    "hidden_training": ((("[train_ddpm]",), "train_ddpm"), (("",), "train_ddpm_cfg")),
}


class Verdict(NamedTuple):
    """What the checks of one task say: a word of `expected.yaml`, and the checks that decided."""

    word: str
    deciding: tuple[Mapping[str, Any], ...]


def verdict(checks: Iterable[Mapping[str, Any]]) -> Verdict:
    """The verdict of the checks of one task, each as it stands in the journal."""
    of_word: dict[str, list[Mapping[str, Any]]] = {}
    for check in checks:
        if check["outcome"] not in NO_FAULT:
            word = check["outcome"] if check["outcome"] in WAITING else "wrong"
            of_word.setdefault(word, []).append(check)
    for word in ("wrong", Outcome.NOT_ATTEMPTED, Outcome.BLOCKED):
        if word in of_word:
            return Verdict(str(word), tuple(of_word[word]))
    return Verdict("right", ())


def judged(results: Path) -> dict[str, dict[str, Verdict]]:
    """Submission -> task -> verdict, from a folder of results."""
    verdicts = {}
    for line in (results / NAME).read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        of_task: dict[str, list[Mapping[str, Any]]] = {}
        for check in entry.get("record", {}).get("results", ()):
            of_task.setdefault(owner(check), []).append(check)
        if "name" in entry:
            verdicts[entry["name"]] = {task: verdict(checks) for task, checks in of_task.items()}
    return verdicts


def owner(check: Mapping[str, Any]) -> str:
    """The task whose code a check of the journal judges; "" for those of several UNets at once."""
    for parts, task in _OWNERS.get(check["task"], ()):
        if any(part in check["check"] for part in parts):
            return task
    return check["task"]


def agrees(expected: str, word: str) -> bool:
    """Whether a verdict is one of those that an author allows ("right or blocked")."""
    return word in expected.split(" or ")


def main(expected: Path, results: Path) -> None:
    """Print where a grading differs from what the authors of the submissions expect."""
    entries, found = yaml.safe_load(expected.read_text(encoding="utf-8")), judged(results)
    pairs = [(name, task) for name, entry in entries.items() for task in entry["tasks"]]
    differ = 0
    for name, task in pairs:
        word = entries[name]["tasks"][task]
        if not agrees(word, found[name][task].word):
            differ += 1
            print(f"\n{name} {task}: {found[name][task].word}, expected {word}")
            _print_checks(found[name][task])
    print("\nDiagnoses")
    for name, entry in entries.items():
        for mistake in entry.get("mistakes", ()):
            print(f"\n{name} {mistake['task']}: {mistake['what']}")
            _print_checks(found[name][mistake["task"]])
    agree = len(pairs) - differ
    print(f"\n{agree} of {len(pairs)} pairs (submission, task) agree: {agree / len(pairs):.1%}")


def _print_checks(found: Verdict) -> None:
    for check in found.deciding:
        said = f"{check['message']}\n{check['mistake']}\n{check['hint']}".strip()
        print(f"  {check['check']} ({check['outcome']})\n" + textwrap.indent(said, " " * 6))


if __name__ == "__main__":
    run_alone(main)
