"""`autograder figures RUN...`: draw what the runs allow, and say what they do not."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.text import Text
from torch.utils.data import TensorDataset

from autograder.config.files import write_bytes_whole
from autograder.exit_codes import ExitCode
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import Run, UnreadableRun, read_run
from autograder.progress import Progress

from .menu import Figure, Left, Setting, epochs_used, figures_of, name_of, needs_left, noising
from .sampling import Job, NotFinite, Samples, sample, work


class CannotDraw(Exception):
    """What is in the way, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for."""

    runs: tuple[Path, ...]
    output: Path
    data: Path = Path("data")
    subset: bool = False
    samples_per_class: int = 4
    seed: int = 0
    device: str = "auto"


def run(request: Request) -> ExitCode:
    """Draw, say what was drawn and what was not; return the exit status.

    Every run is read, weights included, before anything is written.
    """
    messages, console = Console(stderr=True, soft_wrap=True), Console(soft_wrap=True)
    drawn = 0
    try:
        runs = read_runs(request.runs)
        device = _device(request.device)
        digits = load_digits(request, messages)
        setting = Setting(digits, device, request.seed, request.samples_per_class)
        # What is printed by the console of a bar appears above it, by another one inside it.
        shower = console if console.is_terminal else messages
        for name, size, meaning in draw(runs, setting, request.output, shower):
            drawn += 1
            console.print(Text(f"{request.output / name}: {size / 1e3:.0f} KB, {meaning}"))
    except (CannotDraw, UnreadableRun, NotFinite) as problem:
        messages.print(Text(str(problem), style="bold red"))
        return ExitCode.BAD_REQUEST
    except KeyboardInterrupt:
        messages.print(Text(f"Interrupted; {drawn} figures are whole in {request.output}."))
        return ExitCode.INTERRUPTED
    for left in _left(runs, setting):
        console.print(Text(f"not drawn: {left.sentence}."))
    return ExitCode.OK


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """The runs, all of whose nets can be read.

    Raises:
        CannotDraw: two runs would write the same files, or a net is no net of numbers.
        UnreadableRun: a folder is no run, or a file in it is damaged.
    """
    runs: dict[str, Run] = {}
    for path in paths:
        run = read_run(path)
        twin = runs.setdefault(name_of(run), run)
        if twin is not run:
            raise CannotDraw(
                f"{twin.path} and {run.path} have the same name, and so would their figures; "
                "draw them one after the other, each with an --output of its own"
            )
        for epoch in epochs_used(run):
            _check_net(run, epoch)
    return list(runs.values())


def load_digits(request: Request, messages: Console) -> TensorDataset:
    """The test digits of MNIST, or of the subset where it is asked for or MNIST cannot be had.

    Raises:
        CannotDraw: there are neither.
    """
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            digits = reference("data").mnist(False, request.data, request.subset)
        except (OSError, ValueError, KeyError) as error:
            raise CannotDraw(
                f"no test digits: {error}; give the folder of MNIST with --data"
            ) from error
    if any("cannot be downloaded" in str(one.message) for one in told):
        sentence = f"MNIST is not in {request.data} and cannot be downloaded: its subset serves."
        messages.print(Text(sentence, style="yellow"))
    return digits


def draw(
    runs: Sequence[Run], setting: Setting, output: Path, shower: Console
) -> Iterator[tuple[str, int, str]]:
    """Write each figure when its samples are there; yield its name, its bytes and its meaning.

    `shower` shows a bar.

    Raises:
        CannotDraw: a file cannot be written.
        NotFinite: a net draws what is no image.
    """
    menu: list[tuple[Run | None, Figure]] = [(None, noising(setting))]
    menu += [(r, one) for r in runs for one in figures_of(r, setting) if isinstance(one, Figure)]
    jobs = {(r.path, job): work(r, job) for r, figure in menu if r for job in figure.jobs}
    with Progress(shower, "drawing", max(sum(jobs.values()), 1)) as progress:
        samples: dict[tuple[Path, Job], Samples] = {}
        for run, figure in menu:
            progress.update(doing=figure.file)
            drawn = []
            for job in figure.jobs:
                assert run is not None  # a figure of no run has no jobs
                if (run.path, job) not in samples:
                    samples[run.path, job] = sample(
                        run, job, setting.device, setting.seed, progress.advance
                    )
                drawn.append(samples[run.path, job])
            data = figure.draw(drawn)
            try:
                output.mkdir(parents=True, exist_ok=True)
                write_bytes_whole(output / figure.file, data)
            except OSError as error:
                raise CannotDraw(
                    f"{output / figure.file} cannot be written ({error.strerror}); "
                    "make room or choose another --output"
                ) from error
            yield figure.file, len(data), figure.meaning


def _left(runs: Sequence[Run], setting: Setting) -> Iterator[Left]:
    for run in runs:
        yield from (one for one in figures_of(run, setting) if isinstance(one, Left))
    yield from needs_left(runs)


def _check_net(run: Run, epoch: int) -> None:
    for name, weight in run.net(epoch).state_dict().items():
        if not torch.isfinite(weight).all():
            raise CannotDraw(
                f"{run.path}: {name} of the net after epoch {epoch} is not finite; train the run "
                "anew"
            )


def _device(asked: str) -> torch.device:
    try:
        return reference("runs.surroundings").choose_device(asked)
    except reference("runs.settings").Problem as problem:
        raise CannotDraw(str(problem)) from problem
    except (RuntimeError, ValueError) as error:
        raise CannotDraw(f"--device {asked}: give auto, cpu, cuda or mps") from error
