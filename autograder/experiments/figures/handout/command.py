"""`autograder figures RUN...`: draw what the runs allow, and say what they do not."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import torch
from rich.console import Console
from rich.text import Text

from autograder.exit_codes import ExitCode, UserError
from autograder.experiments.output import write_output
from autograder.experiments.trained_runs.reference import choose_device, load_mnist
from autograder.experiments.trained_runs.run import Run, read_run
from autograder.progress import Progress

from .run_figures import (
    Setting,
    epochs_used,
    figures_of,
    images_to_sample,
    name_of,
    noising,
    not_drawn,
)


def draw_figures(
    paths: Sequence[Path],
    output: Path,
    data: Path = Path("data"),
    subset: bool = False,
    samples_per_class: int = 4,
    seed: int = 0,
    device: str = "auto",
) -> ExitCode:
    """Draw, say what was drawn and what was not; the options are those of `autograder figures`.

    Every run is read, weights included, before anything is written.

    Raises:
        UserError: a run, an option, MNIST or the output folder is wrong or missing.
    """
    messages, console = Console(stderr=True, soft_wrap=True), Console(soft_wrap=True)
    runs = read_runs(paths)
    chosen = choose_device(device)
    digits, whole = load_mnist(False, data, subset)
    if not (whole or subset):
        sentence = f"MNIST is not in {data} and cannot be downloaded: its subset takes its place."
        messages.print(Text(sentence, style="yellow"))
    setting = Setting(digits, chosen, seed, samples_per_class)
    # What the console of a bar prints appears above the bar, what another one prints inside it.
    of_bar = console if console.is_terminal else messages
    total, drawn = sum(images_to_sample(run, setting) for run in runs), 0
    try:
        with Progress(of_bar, "drawing", total, unit="images") as progress:
            of_runs = (figures_of(run, setting, progress) for run in runs)
            for file, meaning, contents in chain([noising(setting)], *of_runs):
                write_output(output / file, contents)
                drawn += 1
                console.print(Text(f"{output / file}: {len(contents) / 1e3:.0f} KB, {meaning}"))
            progress.update(doing="drawing")
    except KeyboardInterrupt:
        messages.print(Text(f"Interrupted; {drawn} figures are whole in {output}."))
        return ExitCode.INTERRUPTED
    for sentence in not_drawn(runs):
        console.print(Text(f"not drawn: {sentence}."))
    return ExitCode.OK


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """The runs, all of whose nets can be read.

    Raises:
        UserError: two runs would write the same files, a net is no net of numbers, a folder is no
            run, or a file in it is damaged.
    """
    runs: dict[str, Run] = {}
    for path in paths:
        run = read_run(path)
        other = runs.setdefault(name_of(run), run)
        if other is not run:
            raise UserError(
                f"{other.path} and {run.path} have the same name, and so would their figures; "
                "draw them one after the other, each with its own --output"
            )
        for epoch in epochs_used(run):
            for name, weight in run.net(epoch).state_dict().items():
                if not torch.isfinite(weight).all():
                    raise UserError(
                        f"{run.path}: {name} of the net after epoch {epoch} is not finite; train "
                        "the run anew"
                    )
    return list(runs.values())
