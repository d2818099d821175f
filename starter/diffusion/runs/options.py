"""The command line: one option for each field of the presets, and --config for a YAML file."""

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from .settings import PRESETS, Problem, Settings, from_yaml, make

ABOUT = """Train your net with the loop of your training.py.

Each run has a folder, runs/NAME, with config.yaml, log.jsonl, checkpoint.pt, weights, curves.json
and figures; the same command again resumes it. The bar shows the mean loss of the last 50 batches.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        raise Problem(f"{message}; --help lists all options.", 2)


def read_arguments(arguments: Sequence[str]) -> tuple[Settings, bool]:
    """The settings of a command line, and whether it is a dry run.

    Raises:
        Problem: a bad option or value, here or in the file of --config.
    """
    parser = _Parser(prog="python -m diffusion.train", description=ABOUT, allow_abbrev=False)
    parser.add_argument("preset", nargs="?", metavar="PRESET", help=", ".join(PRESETS))
    parser.add_argument("--config", type=Path, metavar="FILE", help="a YAML file with settings")
    parser.add_argument("--dry-run", action="store_true", help="only print what would be trained")
    known = {one.name: one for kind in PRESETS.values() for one in fields(kind)}
    for name, one in known.items():
        kind: dict[str, Any] = {"metavar": "X"}
        if one.type is bool:
            kind = {"action": argparse.BooleanOptionalAction}
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            default=argparse.SUPPRESS,
            help=f"{one.metadata['meaning']} ({_defaults(name)})",
            **kind,
        )
    given = vars(parser.parse_args(arguments))
    preset, config, dry = given.pop("preset"), given.pop("config"), given.pop("dry_run")
    values = {}
    if config is not None:
        of_file, held = from_yaml(config)
        if None not in (preset, of_file) and preset != of_file:
            raise Problem(f"{config} is for {of_file}, not {preset}; give only one preset.", 2)
        preset = preset or of_file
        values = {name: (str(config), value) for name, value in held.items()}
    if preset not in PRESETS:
        asked = "no preset" if preset is None else f"no preset {preset}"
        raise Problem(f"{asked}: choose one of {', '.join(PRESETS)}.", 2)
    values |= {name: (f"--{name.replace('_', '-')}", value) for name, value in given.items()}
    return make(PRESETS[preset], values), dry


def _defaults(name: str) -> str:
    """The default of a field: one for all presets, or one for each preset that has it."""
    kinds = PRESETS.values()
    of = {kind.preset: f.default for kind in kinds for f in fields(kind) if f.name == name}
    if all(preset == default for preset, default in of.items()):
        return "the preset's name"
    if len(of) == len(PRESETS) and len(set(of.values())) == 1:
        return str(next(iter(of.values())))
    return ", ".join(f"{preset} {value}" for preset, value in of.items())
