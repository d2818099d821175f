"""Train the trusted classifier on all of MNIST and write tests/data/classifier.safetensors.

Prints the accuracy on the 10,000 test digits and refuses to write anything below 99.3 %. Small
shifts, turns and scalings of the training digits keep it from leaning on exact positions.
"""

import math
import sys
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console
from safetensors.torch import save_file
from torch import nn

from autograder.command_line import run_alone
from autograder.exit_codes import ExitCode
from autograder.progress import Progress
from checkkit.classifier import WEIGHTS, Classifier

REQUIRED = 0.993


def jitter(x: torch.Tensor) -> torch.Tensor:
    """Turn, scale and shift each image (N, 1, 28, 28) a little, at random."""
    n = len(x)
    angle = (torch.rand(n) * 2 - 1) * math.radians(10)
    scale = 1 + (torch.rand(n) * 2 - 1) * 0.1
    shift = (torch.rand(n, 2, 1) * 2 - 1) * (2 / 14)
    cos, sin = scale * angle.cos(), scale * angle.sin()
    turn = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)  # (n, 2, 2)
    grid = nn.functional.affine_grid(
        torch.cat([turn, shift], 2), list(x.shape), align_corners=False
    )
    return nn.functional.grid_sample(x, grid, align_corners=False)


def mnist(root: Path, train: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (n, 1, 28, 28) float32 in [0, 1] and labels (n,)."""
    from torchvision.datasets import MNIST

    digits = MNIST(str(root), train=train, download=False)
    return digits.data[:, None].float() / 255, digits.targets


def main(
    root: Annotated[Path, typer.Argument(help="folder in which torchvision keeps MNIST")],
    output: Path = WEIGHTS,
    epochs: int = 16,
    threads: int = 1,
) -> None:
    """Train, print the test accuracy, write the weights in half precision."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    (x, y), (x_test, y_test) = mnist(root, True), mnist(root, False)
    net = Classifier().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2, weight_decay=1e-2, fused=True)
    steps = epochs * math.ceil(len(x) / 128)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=steps)
    console = Console(highlight=False)
    with Progress(console, "training", steps, own_lines=True) as progress:
        for epoch in range(1, epochs + 1):
            net.train()
            for batch in torch.randperm(len(x)).split(128):
                loss = nn.functional.cross_entropy(
                    net(jitter(x[batch])), y[batch], label_smoothing=0.05
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                rates.step()
                progress.advance()
            console.print(f"epoch {epoch}: {test_accuracy(net, x_test, y_test):.2%}")
    halves = {k: w.half() if w.is_floating_point() else w for k, w in net.state_dict().items()}
    net.load_state_dict(halves)
    reached = test_accuracy(net, x_test, y_test)
    print(f"with half precision weights: {reached:.2%} of the {len(y_test)} MNIST test digits")
    if not reached >= REQUIRED:
        print(f"{reached:.2%} is less than {REQUIRED:.1%}: nothing written", file=sys.stderr)
        raise typer.Exit(ExitCode.FAILED)
    save_file({name: w.contiguous() for name, w in halves.items()}, output)
    print(f"{output}: {output.stat().st_size / 1e3:.0f} KB")


@torch.no_grad()
def test_accuracy(net: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """The share of digits recognised in eval mode."""
    net.eval()
    return (
        torch.cat(
            [net(b).argmax(1) == c for b, c in zip(x.split(1000), y.split(1000), strict=True)]
        )
        .float()
        .mean()
        .item()
    )


if __name__ == "__main__":
    run_alone(main)
