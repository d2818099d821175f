"""What an attack is, the YAML files read into attacks, and attacks written as submissions.

An attack is a few lines of Python in `ddpm.py` of an honest package, or files beside it. They find
`known.py` imported: what an attacker who knows everything would know, and two or three tools.
"""

import textwrap
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StrictStr, model_validator

from autograder.config.paths import REPOSITORY
from autograder.config.reading import BadYaml
from autograder.grading.intake import PACKAGE
from autograder.validation.known_bugs.entries import EntryModel, Line, Name, read_list
from checkkit.runner.outcomes import Outcome

TOOLS = Path(__file__).with_name("known.py")
CLASSES = ("results", "host", "secrets", "files", "output", "substance")

# In the solution an attack strikes in one check alone, which asks for the usual schedule: so the
# others show whether it did lasting harm. In the starter there is nothing to lose.
WHEN = {"solution": "num_ts == 300", "starter": "True", "nothing": "False"}


class Attack(EntryModel):
    """One hostile submission and what must come of it.

    `tries` says what it attempts. `at_import` stands at the end of `ddpm.py`; `in_call` stands in
    `ddpm_schedule` (of the solution for T = 300 alone), and what follows is honest. `files` and
    `links` are laid into the submission's folder, which may be called `folder`.

    `earns` is the most that its honest part is worth, `ends` are the ways in which checks may end
    besides passing. `staff` and `student` are regular expressions that the page for staff and the
    texts for the student must match. `ceiling` is the most seconds that it may take. `run` asks
    for a place in a run: "hidden" beside hidden checks, "digits" in the check of the digits,
    "emerging" with the tasks that these rest on,
    "guidance" in those of the guided sampler, "training" in one that trains, with hidden checks,
    "whole" in all checks; `user` runs it under that isolation too, and `bare` says that it works
    where nothing holds it.
    """

    name: Name
    tries: Line
    base: Literal["solution", "starter", "nothing"] = "solution"
    at_import: StrictStr = ""
    in_call: StrictStr = ""
    files: dict[StrictStr, StrictStr] = Field(default_factory=dict)
    links: dict[StrictStr, StrictStr] = Field(default_factory=dict)
    folder: StrictStr | None = None
    earns: Annotated[float, Field(ge=0)]
    ends: tuple[Outcome, ...] = ()
    staff: tuple[Line, ...] = ()
    student: tuple[Line, ...] = ()
    ceiling: Annotated[float, Field(gt=0)] = 40
    run: Literal["quick", "hidden", "digits", "emerging", "guidance", "training", "whole"] = "quick"
    user: bool = False
    bare: bool = False

    @model_validator(mode="after")
    def _attacks(self) -> "Attack":
        if not (self.at_import or self.in_call or self.files or self.links or self.folder):
            raise ValueError("say what it does: at_import, in_call, files, links or folder")
        return self


@cache
def load_attacks() -> dict[str, tuple[Attack, ...]]:
    """The attacks of each class.

    Raises:
        BadYaml: with every fault of a file, each with its line.
    """
    classes = {}
    for kind in CLASSES:
        path = REPOSITORY.attacks / f"{kind}.yaml"
        classes[kind] = tuple(attack for attack, _ in read_list(path, Attack, EntryModel))
    names = [attack.name for attacks in classes.values() for attack in attacks]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadYaml([]) from ValueError(f"two attacks have the name {', '.join(twice)}")
    return classes


def write_submission(
    attack: Attack,
    folder: Path,
    course: Path,
    known: dict[str, object],
    large: dict[str, str],
) -> Path:
    """Write the attack as a folder that could be handed in, below `folder`; return it.

    `known` becomes constants of `known.py`; where a file or a link says {NAME}, a value of these or
    of the `large` ones stands.
    """
    place = folder / (attack.folder or attack.name)
    place.mkdir(parents=True)
    texts = {**large, **{name: str(value) for name, value in known.items()}}
    if attack.base != "nothing":
        (place / PACKAGE).mkdir()
        for path in (course / attack.base / PACKAGE).glob("*.py"):
            (place / PACKAGE / path.name).write_text(path.read_text())
        constants = "".join(f"{name} = {value!r}\n" for name, value in known.items())
        tools = TOOLS.read_text()
        (place / PACKAGE / "known.py").write_text(f"{tools}\n\n{constants}NAME = {attack.name!r}\n")
        with (place / PACKAGE / "ddpm.py").open("a") as file:
            file.write(_code(attack))
    for name, text in attack.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_filled(text, texts).encode("latin-1" if "\xff" in text else "utf-8"))
    for name, target in attack.links.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).symlink_to(_filled(target, texts))
    return place


def _filled(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text


CODE = """

from .known import *
"""
IN_CALL = """honest_schedule = ddpm_schedule


def ddpm_schedule(beta_1, beta_T, num_ts):
    if {when}:
        return attack(beta_1, beta_T, num_ts)
    return honest_schedule(beta_1, beta_T, num_ts)


def attack(beta_1, beta_T, num_ts):
{attack}
    return honest_schedule(beta_1, beta_T, num_ts)
"""


def _code(attack: Attack) -> str:
    body = textwrap.indent(attack.in_call.rstrip(), "    ")
    in_call = IN_CALL.format(when=WHEN[attack.base], attack=body) if attack.in_call else ""
    return f"{CODE}{in_call}{attack.at_import}\n"
