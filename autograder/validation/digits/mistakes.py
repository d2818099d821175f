"""What mistakes look like: the handout's pictures of digits that known bugs draw.

python -m autograder.validation.digits.mistakes        minutes on a CPU

For a mistake in a sampler, the net of docs/runs/class draws. For a mistake in a loss, a small net
is trained by this loss, as the check of the task `digits` trains.
"""

import tempfile
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor, nn

from autograder.command_line import run_alone
from autograder.config.paths import REPOSITORY, Repository, Written
from autograder.exit_codes import UserError
from autograder.experiments.output import write_output
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import read_run
from checkkit.classifier import accuracy
from checkkit.runs import digits

from .variants import PackageRunner, load

DIGITS = tuple(str(digit) for digit in range(10))
CLASSES = torch.arange(10)
RIGHT = "solution"
# Known bug -> how the handout calls it.
SAMPLER = {
    RIGHT: "right",
    "no_noise_at_all": "no z",
    "sigma_without_a_root": "σ without its root",
    "no_division_by_the_root_of_alpha": "no 1/√α",
    "alpha_for_alpha_bar_in_the_step": "α for ᾱ",
    "beta_left_out": "no β",
    "net_left_in_train_mode": "no eval()",
    "x_t_is_uniform": "$x_T$ by rand",
    "state_clamped_in_the_loop": "$x_t$ clipped",
    "alpha_bar_of_t_minus_1_wraps_to_the_last_entry": "ᾱ[-1] for ᾱ[0]",
    "the_net_is_told_a_constant_t": "net gets one t",
    "the_loop_runs_from_1_to_t": "loop from 1 to T",
    "one_z_for_all_steps": "one z for all steps",
    "noise_at_the_last_step": "z at t = 1",
    "the_loop_stops_one_step_early": "T - 1 steps",
}
GUIDANCE = {
    RIGHT: "right",
    "guidance_ignored": "no guidance",
    "both_passes_conditional": "mask 1 twice",
    "guidance_swapped": "(11) reversed",
    "masks_swapped": "masks swapped",
    "the_guided_net_is_told_t": "t, not t / T",
    "weight_off_by_one": "w + 1",
    "null_class_0_in_the_sampler": "class 0 for no class",
}
LOSS = {
    RIGHT: "right",
    "alpha_in_place_of_alpha_bar_in_the_mixture": "α for ᾱ in (5)",
    "no_root_on_alpha_bar": "(5) without roots",
    "t_not_divided_by_t_guided": "t, not t / T",
    "the_guided_net_predicts_x_0": "target is $x_0$",
    "p_uncond_ignored": "no class dropped",
}


class OfClass(nn.Module):
    """A net with classes in place of one without: image i of a batch has class i."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self.net(x, CLASSES, t)


def sampler_rows(packages: Mapping[str, ModuleType]) -> dict[str, Tensor]:
    """What each `ddpm_sample` draws with the kept net, an image (1, 28, 28) of each class.

    The net comes in the mode in which training leaves it. The seed is the first one with which the
    right sampler draws ten digits that the classifier reads.
    """
    run = read_run(REPOSITORY.class_run)
    tables, T = run.schedule(), run.settings.num_ts

    def sampled(name: str, seed: int) -> Tensor:
        net = OfClass(run.net()).train()
        return packages[name].ddpm.ddpm_sample(net, tables, 10, (28, 28), T, seed)[0]

    def readable(seed: int) -> bool:
        return accuracy(sampled(RIGHT, seed)[:, 0].numpy(), CLASSES.numpy()) == 1

    seed = next(filter(readable, count()))
    return {name: sampled(name, seed) for name in packages}


def guidance_rows(packages: Mapping[str, ModuleType]) -> dict[str, Tensor]:
    """What each `ddpm_cfg_sample` draws with the kept net at guidance 5."""
    run = read_run(REPOSITORY.class_run)
    tables, T = run.schedule(), run.settings.num_ts
    return {
        name: package.cfg.ddpm_cfg_sample(run.net(), tables, CLASSES, (28, 28), T)[0]
        for name, package in packages.items()
    }


def loss_rows(packages: Mapping[str, ModuleType]) -> dict[str, Tensor]:
    """What nets draw at guidance 5 that were trained by each `ddpm_cfg_forward`."""
    rows = {}
    for name, package in packages.items():
        runner, rng = PackageRunner(package), np.random.default_rng(0)
        drawn = digits.draw(runner.run, runner.renew, digits.CPU, rng, threads=1, finite=False)
        rows[name] = torch.from_numpy(drawn["samples"][:10])
    return rows


Rows = Callable[[Mapping[str, ModuleType]], dict[str, Tensor]]
PICTURES: dict[Written, tuple[Rows, Mapping[str, str]]] = {
    Repository.figure_sampler_mistakes: (sampler_rows, SAMPLER),
    Repository.figure_guidance_mistakes: (guidance_rows, GUIDANCE),
    Repository.figure_loss_mistakes: (loss_rows, LOSS),
}


def picture(rows_of: Rows, labels: Mapping[str, str]) -> bytes:
    """A PNG with a row of the digits 0 to 9 for each of these bugs."""
    torch.set_num_threads(1)  # of ten images; the same picture on every machine of one kind
    with tempfile.TemporaryDirectory() as folder:
        packages = {name: load(name, Path(folder) / name) for name in labels}
        rows = {labels[name]: images for name, images in rows_of(packages).items()}
    return reference("runs.pictures").rows_picture(rows, DIGITS)._repr_png_()


def main(
    only: Annotated[
        str, typer.Option(help="a word in the name of the picture: sampler, guidance or loss")
    ] = "",
    root: Annotated[Path, typer.Option(help="the repository to draw into")] = REPOSITORY.root,
) -> None:
    """Draw the handout's pictures of mistakes."""
    chosen = {path: rows for path, rows in PICTURES.items() if only in path.name}
    if not chosen:
        raise UserError(f"--only {only}: no picture has this word in its name")
    for path, (rows_of, labels) in chosen.items():
        write_output(path.below(root), png := picture(rows_of, labels))
        typer.echo(f"{path}: {len(png) / 1e3:.0f} KB")


if __name__ == "__main__":
    run_alone(main)
