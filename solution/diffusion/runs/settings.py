"""The presets of `python -m diffusion.train`: their options, and config.yaml in and out.

A preset is a frozen dataclass; every field is an option on the command line and a key in YAML.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar

import yaml

LONGEST = 100  # characters of a value in a message
MOST_BYTES = 100_000  # of config.yaml


class Problem(Exception):
    """An error and what to do, in one sentence; `status` is the exit status."""

    def __init__(self, sentence: str, status: int = 1):
        super().__init__(sentence)
        self.status = status


def shown(value: object) -> str:
    """A value from a file as messages show it; one that no setting can have, by its type.

    The text of a list in lists that share their parts may be endless.
    """
    if value is not None and type(value) not in (bool, int, float, str):
        return f"of type {type(value).__name__}"
    if isinstance(value, int) and value.bit_length() > LONGEST:
        return f"a whole number of {value.bit_length()} bits"
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST]!r}..."
    return repr(value)


def setting(
    default: Any,
    meaning: str,
    wants: str = "",
    holds: Callable[[Any], object] = lambda value: True,
    free: bool = False,
) -> Any:
    """A field of a preset; a `free` one may change when a run is resumed."""
    meta = {"meaning": meaning, "wants": wants, "holds": holds, "free": free}
    return field(default=default, metadata=meta)


def _count(default: int, meaning: str, least: int = 1, free: bool = False) -> Any:
    wants = f"a whole number of {least} or more"
    return setting(default, meaning, wants, lambda number: number >= least, free)


def _between(default: float, meaning: str) -> Any:
    return setting(default, meaning, "a number between 0 and 1", lambda x: 0 < x < 1)


def _above_0(default: float, meaning: str) -> Any:
    return setting(default, meaning, "a number above 0", lambda number: number > 0)


# for: train_ddpm_cfg flow_cfg edm_loss
def _dropped(default: float) -> Any:
    wants = "a number from 0 to 1"
    return setting(default, "share of dropped classes", wants, lambda share: 0 <= share <= 1)


# end for
def _name(default: str) -> Any:
    return setting(
        default,
        "folder of this run, below --runs",
        "letters, digits, - and _, at most 50",
        lambda text: re.fullmatch(r"[\w-]{1,50}", text),  # of four bytes: a file's name has 255
    )


def _seed(default: int) -> Any:
    wants = "a whole number from 0 to 2 ** 63 - 1"
    return setting(default, "of weights, order and noise", wants, lambda seed: 0 <= seed < 2**63)


def is_device(text: str) -> bool:
    """Whether this names a device, such as auto or cuda:1."""
    return bool(re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", text))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of all presets."""

    preset: ClassVar[str]
    kind: ClassVar[str]  # how its figures are called

    name: str = _name("run")
    runs: str = setting("runs", "folder of all runs", "the path of a folder", bool, free=True)
    data: str = setting(
        "data", "folder of MNIST; fashion: Fashion-MNIST", "the path of a folder", bool, free=True
    )
    subset: bool = setting(False, "train on the small subset of MNIST in tests/data")
    device: str = setting("auto", "auto: the fastest", "auto, cuda, mps or cpu", is_device, True)
    seed: int = _seed(0)
    epochs: int = _count(20, "epochs in total")
    lr: float = _above_0(1e-3, "learning rate of Adam, decays to a tenth")
    batch_size: int = _count(128, "images in a batch")
    num_hiddens: int = _count(64, "D, hidden channels of the net")
    fast: bool = setting(False, "faster, in bfloat16 if the device supports it (runs/fast.py)")
    tensorboard: bool = setting(False, "also log for TensorBoard", free=True)


# for: denoiser
@dataclass(frozen=True, kw_only=True)
class Denoiser(Settings):
    """The one-step denoiser of part 1.4."""

    preset: ClassVar[str] = "denoiser"
    kind: ClassVar[str] = "denoiser"

    name: str = _name("denoiser")
    epochs: int = _count(5, "epochs in total", free=True)  # no decay: a longer run is the same run
    lr: float = _above_0(1e-4, "learning rate of Adam")
    batch_size: int = _count(256, "images in a batch")
    num_hiddens: int = _count(128, "D, hidden channels of the net")
    sigma: float = setting(0.5, "strength of the noise", "a number of 0 or more", lambda s: s >= 0)


# end for
# for: train_ddpm train_ddpm_cfg
@dataclass(frozen=True, kw_only=True)
class Time(Settings):
    """The time-conditional net of part 2.5."""

    preset: ClassVar[str] = "time"
    kind: ClassVar[str] = "ddpm"

    name: str = _name("time")
    num_ts: int = _count(300, "T, steps of the noise", 2)
    beta_1: float = _between(1e-4, "variance of the first step")
    beta_T: float = _between(0.02, "variance of the last step")


# for: train_ddpm_cfg
@dataclass(frozen=True, kw_only=True)
class Class(Time):
    """The class-conditional net of part 3.4."""

    preset: ClassVar[str] = "class"
    kind: ClassVar[str] = "class"

    name: str = _name("class")
    p_uncond: float = _dropped(0.1)


@dataclass(frozen=True, kw_only=True)
class Tiny(Class):
    """A small class-conditional net: digits after minutes on a CPU."""

    preset: ClassVar[str] = "tiny"

    name: str = _name("tiny")
    subset: bool = setting(True, "train on the small subset of MNIST in tests/data")
    epochs: int = _count(4, "epochs in total")
    lr: float = _above_0(5e-3, "learning rate of Adam, decays to a tenth")
    batch_size: int = _count(32, "images in a batch")
    num_hiddens: int = _count(16, "D, hidden channels of the net")
    num_ts: int = _count(50, "T, steps of the noise", 2)
    beta_T: float = _between(0.2, "variance of the last step")


# end for
# end for
# for: flow flow_cfg
@dataclass(frozen=True, kw_only=True)
class Flow(Settings):
    """Flow matching without classes, part 4.3."""

    preset: ClassVar[str] = "flow"
    kind: ClassVar[str] = "flow"

    name: str = _name("flow")
    epochs: int = _count(10, "epochs in total", free=True)
    lr: float = _above_0(1e-3, "learning rate of Adam")
    batch_size: int = _count(64, "images in a batch")
    num_ts: int = _count(50, "T, steps of the sampler", free=True)


# for: flow_cfg
@dataclass(frozen=True, kw_only=True)
class FlowClass(Flow):
    """Flow matching with classes, part 4.3."""

    preset: ClassVar[str] = "flow-class"
    kind: ClassVar[str] = "flow-class"

    name: str = _name("flow-class")
    p_uncond: float = _dropped(0.1)


# end for
# end for
# for: one-step-loss
@dataclass(frozen=True, kw_only=True)
class OneStep(Settings):
    """Digits from pure noise in one step, part 4.4."""

    preset: ClassVar[str] = "one-step"
    kind: ClassVar[str] = "one-step"

    name: str = _name("one-step")
    epochs: int = _count(5, "epochs in total", free=True)
    lr: float = _above_0(1e-4, "learning rate of Adam")
    batch_size: int = _count(256, "images in a batch")
    num_hiddens: int = _count(128, "D, hidden channels of the net")


# end for
# for: edm_loss
@dataclass(frozen=True, kw_only=True)
class Edm(Settings):
    """The class-conditional net with the loss of EDM, part 4.6."""

    preset: ClassVar[str] = "edm"
    kind: ClassVar[str] = "edm"

    name: str = _name("edm")
    epochs: int = _count(20, "epochs in total", free=True)
    lr: float = _above_0(1e-3, "learning rate of Adam")
    p_uncond: float = _dropped(0.1)


# end for
KINDS: tuple[type[Settings], ...] = (
    Denoiser,  # for: denoiser
    Time,  # for: train_ddpm
    Class,  # for: train_ddpm_cfg
    Tiny,  # for: train_ddpm_cfg
    Flow,  # for: flow
    FlowClass,  # for: flow_cfg
    OneStep,  # for: one-step-loss
    Edm,  # for: edm_loss
)
PRESETS: dict[str, type[Settings]] = {kind.preset: kind for kind in KINDS}


def make(kind: type[Settings], given: Mapping[str, tuple[str, object]]) -> Settings:
    """The preset with some values changed: field -> (where it was given, value).

    Raises:
        Problem: an unknown field or a bad value.
    """
    known, values = {one.name: one for one in fields(kind)}, {}
    for name, (where, value) in given.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}."
            raise Problem(f"{where}: the preset {kind.preset} has no {name[:LONGEST]}; {meant}", 2)
        values[name] = _read(known[name], value, where)
    made = kind(**values)
    # for: train_ddpm train_ddpm_cfg
    if isinstance(made, Time) and made.beta_1 >= made.beta_T:
        where = next((given[name][0] for name in ("beta_T", "beta_1") if name in given), "")
        sentence = f"beta_1 is {made.beta_1} and beta_T {made.beta_T}; beta_1 must be smaller."
        raise Problem(f"{where}: {sentence}", 2)
    # end for
    return made


def _read(one: Field, value: Any, where: str) -> object:
    """A value from a text or from YAML, which reads 1e-4 as a text."""
    kind: Any = one.type  # a class: no annotation of this module is a text
    wants = one.metadata["wants"]
    try:
        if kind is bool:
            wants = "true or false"
            read = {"true": True, "false": False}[str(value).lower()]
        elif kind is str:
            read = value if isinstance(value, str) else str(int(value))
        else:
            read = kind(str(value))
        fits = one.metadata["holds"](read) and (not isinstance(read, float) or math.isfinite(read))
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise Problem(f"{where}: {one.name} is {shown(value)}; it must be {wants}.", 2)
    return read


def to_dict(settings: Settings) -> dict[str, object]:
    """The preset and every field."""
    return {"preset": settings.preset, **asdict(settings)}


def to_yaml(settings: Settings) -> str:
    """The settings in the format of config.yaml."""
    return yaml.safe_dump(to_dict(settings), sort_keys=False)


def from_yaml(path: Path) -> tuple[str | None, dict[str, object]]:
    """The preset that a file names, if it does, and its values.

    Raises:
        Problem: the file is missing, or is not YAML as `to_yaml` writes it.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        text = content.decode()
        aliases = (isinstance(event, yaml.AliasEvent) for event in yaml.parse(text))
        if len(content) > MOST_BYTES or any(aliases):
            raise ValueError  # references to references make a mapping without end
        held = yaml.safe_load(text) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{path} cannot be read ({_why(error)}); check the path.", 2) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # 2026-13-45, [[[[...
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else path
        raise Problem(f"{where}: not YAML; write one `field: value` per line.", 2) from error
    if not isinstance(held, dict) or not all(
        isinstance(name, str) and not isinstance(value, list | dict | set)
        for name, value in held.items()
    ):
        raise Problem(f"{path} has no settings; write one `field: value` per line.", 2)
    preset = held.pop("preset", None)
    if preset is not None and preset not in PRESETS:
        raise Problem(f"{path}: preset is {shown(preset)}; it must be {', '.join(PRESETS)}.", 2)
    return preset, held


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def difference(before: Settings, now: Settings) -> str | None:
    """The first field in which two settings are of different runs."""
    if before.preset != now.preset:
        return "preset"
    changed = (one for one in fields(now) if not one.metadata["free"])
    unequal = (o.name for o in changed if getattr(before, o.name) != getattr(now, o.name))
    return next(unequal, None)
