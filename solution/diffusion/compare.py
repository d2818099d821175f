# for: better_unet
"""Your better UNet beside the plain one: python -m diffusion.compare [options]. Given.

Prints the losses of both nets on digits that they were not trained on, the times of their steps and
the ratios, and draws the losses of the first seed.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from .runs.environment import choose_device
from .runs.settings import Problem, is_device

T = 300


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print and draw; the exit status is 0, or 2 for a bad request."""
    parser = argparse.ArgumentParser(prog="python -m diffusion.compare", description=__doc__)
    parser.add_argument("--data", default="data", help="folder of MNIST (data)")
    parser.add_argument("--subset", action="store_true", help="the digits of tests/data")
    parser.add_argument("--num-hiddens", type=int, default=16, help="D (16)")
    parser.add_argument("--steps", type=int, default=300, help="steps of each net (300)")
    parser.add_argument("--batch-size", type=int, default=64, help="images in a batch (64)")
    parser.add_argument("--lr", type=float, default=1e-3, help="learning rate of Adam (0.001)")
    parser.add_argument("--seeds", type=int, default=3, help="how many trainings (3)")
    parser.add_argument("--device", default="auto", help="auto, cuda, mps or cpu (auto)")
    parser.add_argument("--output", type=Path, default=Path("report"), help="folder (report)")
    given = parser.parse_args(arguments)
    numbers = (given.num_hiddens, given.steps, given.batch_size, given.seeds)
    if min(numbers) < 1 or not given.lr > 0 or not is_device(given.device):
        parser.error("numbers must be above 0, and --device auto, cuda, mps or cpu")
    try:
        _compare(given)
    except (Problem, NotImplementedError) as problem:
        print(f"Stopped: {problem}", file=sys.stderr)
        return getattr(problem, "status", 1)
    return 0


def _compare(given: argparse.Namespace) -> None:
    from .better_unet import BetterUNet
    from .data import mnist
    from .ddpm import ddpm_forward, ddpm_schedule
    from .runs.comparing import compare, in_words
    from .runs.figures import better_loss, file_name
    from .runs.pictures import write_picture
    from .unet import TimeConditionalUNet

    device, D = choose_device(given.device), given.num_hiddens
    training, test = (mnist(half, given.data, given.subset) for half in (True, False))
    schedule = {name: table.to(device) for name, table in ddpm_schedule(1e-4, 0.02, T).items()}
    nets = {"plain": partial(TimeConditionalUNet, 1, D), "better": partial(BetterUNet, 1, D)}
    found = []
    for seed in range(given.seeds):
        one = compare(
            nets,
            lambda net, x_0: ddpm_forward(net, schedule, x_0, T),
            training, test, given.steps, given.batch_size, given.lr, seed, device,
        )  # fmt: skip
        found.append(one)
        print(f"seed {seed}: {in_words([one], *nets)}", flush=True)
    print(f"{len(found)} seeds: {in_words(found, *nets)}")
    picture = better_loss({name: one.losses for name, one in found[0].items()}, D)
    print(write_picture(given.output / file_name("better-loss"), picture.png()))


if __name__ == "__main__":
    sys.exit(main())
# end for
