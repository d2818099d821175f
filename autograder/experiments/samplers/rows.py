"""The rows of the table: which sampler, in how many steps, and how often that calls the net."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from autograder.exit_codes import UserError

METHODS = ("ddpm", "ddim", "flow", "edm")
TITLES = {"ddpm": "DDPM", "ddim": "DDIM", "flow": "flow, Euler", "edm": "EDM, Heun"}
FEWEST = {"ddim": 1, "flow": 1, "edm": 2}  # steps of a sampler
MOST = 10_000
# Which preset's net each method takes, and the option that names its run.
PRESETS = {"ddpm": "class", "ddim": "class", "flow": "flow-class", "edm": "edm"}
OPTIONS = {"class": "--ddpm-run", "flow-class": "--flow-run", "edm": "--edm-run"}


@dataclass(frozen=True)
class Row:
    """A sampler: one of METHODS, its number of steps and, of DDIM, eta."""

    method: str
    steps: int
    eta: float | None = None

    @property
    def line(self) -> str:
        """The method in words; rows of one line differ in their steps alone."""
        eta = "" if self.eta is None else f", eta = {self.eta:g}"
        return f"{TITLES[self.method]}{eta}"

    @property
    def name(self) -> str:
        """For names of files, as ddim-eta0.5-20."""
        eta = "" if self.eta is None else f"-eta{self.eta:g}"
        return f"{self.method}{eta}-{self.steps}"

    @property
    def calls(self) -> int:
        """Calls of the net for one image without guidance: Heun's last step needs no second one."""
        return 2 * self.steps - 1 if self.method == "edm" else self.steps

    @property
    def evaluations(self) -> int:
        """Net evaluations for one image with guidance, which calls the net with and without c."""
        return 2 * self.calls


def timesteps(num_ts: int, steps: int) -> list[int]:
    """steps + 1 indices of DDIM, evenly spaced from T down to 0, each smaller than the last one."""
    return [round(num_ts * (steps - k) / steps) for k in range(steps + 1)]


def rows_of(
    methods: Collection[str],
    num_ts: int,
    steps: dict[str, Sequence[int]],
    etas: Sequence[float],
) -> list[Row]:
    """All rows, those of few evaluations first.

    Args:
        methods: of METHODS.
        num_ts: T of the net of DDPM, which always takes T steps.
        steps: of "ddim", "flow" and "edm".
        etas: of DDIM.

    Raises:
        UserError: DDIM is asked for more than T steps.
    """
    rows = [Row("ddpm", num_ts)] if "ddpm" in methods else []
    for method in ("ddim", "flow", "edm"):
        if method not in methods:
            continue
        for eta in etas if method == "ddim" else (None,):
            rows += [Row(method, count, eta) for count in steps[method]]
    if too_many := [row.steps for row in rows if row.method == "ddim" and row.steps > num_ts]:
        raise UserError(
            f"--ddim-steps {max(too_many)}: its net has {num_ts} timesteps; give at most {num_ts}"
        )
    return sorted(rows, key=lambda row: (row.evaluations, row.line))


def methods_in(text: str) -> tuple[str, ...]:
    """The methods in a text such as ddim,flow, in the order of METHODS.

    Raises:
        UserError: one of them is unknown, or there is none.
    """
    asked = {part.strip().lower() for part in text.split(",")}
    if unknown := sorted(asked - {*METHODS}):
        known = ", ".join(METHODS)
        raise UserError(f"--methods {text}: there is no {unknown[0]!r}; choose from {known}")
    return tuple(method for method in METHODS if method in asked)


def steps_in(method: str, text: str) -> tuple[int, ...]:
    """The numbers of steps in a text such as 5,10,20, each once and in ascending order.

    Raises:
        UserError: it is no such list, or the sampler cannot take so few or so many.
    """
    try:
        steps = sorted({int(part) for part in text.split(",")})
    except ValueError:
        steps = [0]
    least = FEWEST[method]
    if not all(least <= count <= MOST for count in steps):
        raise UserError(
            f"--{method}-steps {text}: give whole numbers from {least} to {MOST} with commas "
            "between, as 5,10,20"
        )
    return tuple(steps)


def etas_in(text: str) -> tuple[float, ...]:
    """The values in a text such as 0,0.5,1, each once and in ascending order.

    Raises:
        UserError: it is no such list, or a value is not in [0, 1].
    """
    try:
        etas = sorted({float(part) for part in text.split(",")})
    except ValueError:
        etas = [-1.0]
    if not all(0 <= eta <= 1 for eta in etas):  # nor is this true for nan
        raise UserError(f"--etas {text}: give numbers from 0 to 1 with commas between, as 0,0.5,1")
    return tuple(etas)
