"""The figures of a load test as a person reads them."""

from collections.abc import Iterator, Mapping
from typing import Any

GOAL = 1.8  # times faster with two jobs


def sentences(figures: Mapping[str, Any]) -> Iterator[str]:
    """Line after line, part after part."""
    for part in ("sample", "class"):
        if part in figures:
            yield from _of_a_class(figures[part])
    if "overhead" in figures:
        found = figures["overhead"]
        yield (
            f"CPU seconds of the checks alone {found['checks_alone_cpu']:g}, of one more graded"
            f" submission {found['one_more_submission_cpu']:g}: {100 * found['overhead']:+.0f} %;"
            f" {found['start_cpu']:g} once to start"
        )
    if "peers" in figures:
        yield from _beside_peers(figures["peers"])
    if "kills" in figures:
        found = figures["kills"]
        yield (
            f"kill -9: {found['kills']} times; {len(found['lost'])} lost,"
            f" {len(found['different'])} rows that differ from an uninterrupted run,"
            f" {len(found['left_behind'])} left behind in the folder for temporary files"
        )
        yield from (f"  {thing}" for key in ("lost", "different", "left_behind")
                    for thing in found[key])  # fmt: skip


def _of_a_class(found: Mapping[str, Any]) -> Iterator[str]:
    kinds = ", ".join(f"{number} {kind}s" for kind, number in found["kinds"].items())
    yield f"A class of {found['submissions']} ({kinds}):"
    yield f"  {'jobs':>4} {'a minute':>9} {'CPU s each':>11} {'peak MiB':>9} {'500 take':>9}  right"
    for jobs, run in found["runs"].items():
        right = f"{run['right_outcomes']} of {found['submissions']}"
        yield (
            f"  {jobs:>4} {run['per_minute']:>9.1f} {run['cpu_seconds_each']:>11.2f}"
            f" {run['peak_mib']:>9} {run['minutes_for_500']:>5.0f} min  {right}"
        )
        yield from (f"       {name}: {why}" for name, why in run["wrong"].items())
    if "speedup_of_two_jobs" in found:
        yield f"  two jobs are {found['speedup_of_two_jobs']:g} times as fast (goal: {GOAL:g})"


def _beside_peers(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"The tasks {', '.join(found['tasks'])}, {found['submissions']} submissions:"
    yield f"  {'':18} {'s each':>8} {'CPU s each':>11} {'peak MiB':>9}"
    for name in ("ours", "nbgrader autograde", "otter run"):
        if name in found:
            one = found[name]
            yield (
                f"  {name:18} {one['wall_seconds_each']:>8.2f} {one['cpu_seconds_each']:>11.2f}"
                f" {one['peak_mib']:>9}"
            )
