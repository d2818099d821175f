"""Did every submission of a class get what it must? Read from the gradebook and the journal."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checkkit.runner.outcomes import Outcome

from .classroom import Member

HONEST = {Outcome.PASSED, Outcome.NOT_RUN}
IDLE = {Outcome.NOT_ATTEMPTED, Outcome.BLOCKED, Outcome.NOT_RUN}
UNREADABLE = "could not be graded"


def wrong_outcomes(members: Sequence[Member], output: Path) -> dict[str, str]:
    """Name of every submission that did not get what it must -> what it got."""
    rows, records = gradebook(output), journal(output)
    found = {}
    for member in members:
        if member.name not in rows:
            found[member.name] = "it is not in the gradebook"
        elif complaint := _wrong(member, rows[member.name], records.get(member.name)):
            found[member.name] = f"{member.kind} {member.made_of}: {complaint}"
    return found


def gradebook(output: Path) -> dict[str, dict[str, str]]:
    """The rows of grades.csv by the submission's name."""
    with (output / "grades.csv").open(newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def journal(output: Path) -> dict[str, Mapping[str, Any]]:
    """The last record of each submission; a torn line at the end does not count."""
    found = {}
    for line in (output / "journal.jsonl").read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            entry = json.loads(line)
            if "record" in entry:
                found[entry["name"]] = entry["record"]
    return found


def _wrong(member: Member, row: Mapping[str, str], record: Mapping[str, Any] | None) -> str:
    """What is wrong with the outcome of one submission; "" where nothing is."""
    unreadable = UNREADABLE in row["flags"]
    if member.kind == "unreadable":
        return "" if unreadable else "it was graded"
    if "grader error" in row["flags"]:
        return row["flags"]
    if member.kind == "attack":
        return _of_an_attack(member, row)
    if record is None or unreadable or record["problem"] or not record["finished"]:
        return row["flags"] or "it was not finished"
    ends = {result["check"]: Outcome(result["outcome"]) for result in record["results"]}
    if member.kind == "mutant":
        end = ends.get(member.check)
        return f"{member.check}: {end}" if end is None or end in HONEST else ""
    allowed = HONEST if member.kind == "variant" else IDLE
    odd = [f"{check}: {end}" for check, end in ends.items() if end not in allowed]
    return "; ".join(odd)


def _of_an_attack(member: Member, row: Mapping[str, str]) -> str:
    """It got no more than its honest part is worth, or a person must look at it."""
    earned = float(row.get("schedule") or 0)
    if earned <= member.earns + 0.01:
        return ""
    return f"{earned:g} points for the schedule, at most {member.earns:g}"
