"""The device and who else uses it, the digits, and TensorBoard if it is wanted."""

import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from .settings import Problem, Settings

if TYPE_CHECKING:  # torch takes seconds to import, and --help needs none
    import torch
    from torch.utils.data import DataLoader
    from torch.utils.tensorboard import SummaryWriter


def choose_device(asked: str) -> "torch.device":
    """The named device, or the fastest one for "auto".

    Raises:
        Problem: this machine does not have it.
    """
    import torch

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    mps = torch.backends.mps.is_available()
    if asked == "auto":
        asked = "cuda" if gpus else "mps" if mps else "cpu"
    kind, _, number = asked.partition(":")
    if {"cuda": gpus <= int(number or 0), "mps": not mps}.get(kind, False):
        there = f"only {gpus}" if gpus else "none"
        what = "Apple GPU" if kind == "mps" else f"such GPU: torch finds {there}"
        raise Problem(f"--device {asked}: no {what}; without --device, the fastest one is used.")
    return torch.device(asked)


SHARE = 0.75  # of the cores; with less, a run takes noticeably longer


def busy_cores(device: "torch.device") -> str:
    """A warning where other programs hold the cores on which the net would run, else "".

    Half a second of matrix products tells how much of the cores this process gets.
    """
    import torch

    if device.type != "cpu":
        return ""
    square, cores = torch.rand(512, 512), torch.get_num_threads()
    wall, cpu = time.monotonic(), time.process_time()
    while time.monotonic() < wall + 0.5:
        torch.mm(square, square)
    share = (time.process_time() - cpu) / (time.monotonic() - wall) / cores
    if share > SHARE:
        return ""
    return (
        f"Other programs are busy: the training gets {share:.0%} of {threads(cores)}, and takes "
        "longer."
    )


def threads(count: int) -> str:
    """A number of threads in words."""
    return f"{count} thread{'s' * (count != 1)}"


def load_digits(settings: Settings, device: "torch.device") -> "DataLoader":
    """The loader of MNIST, or of its subset if MNIST is not available; prints which one.

    With `--fast` its batches are on the device.
    """
    from ..data import batches, is_fashion, mnist

    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            digits = mnist(root=settings.data, subset=settings.subset)
    except (FileNotFoundError, RuntimeError) as error:
        raise Problem(f"no digits ({error}); put tests/ beside diffusion/ or go online.") from error
    fell_back = any("cannot be downloaded" in str(one.message) for one in told)
    because = ": MNIST cannot be downloaded" if fell_back else ""
    whole = "Fashion-MNIST" if is_fashion(settings.data) else "MNIST"
    which = "the subset of MNIST" if settings.subset or fell_back else whole
    print(f"# Training digits: {len(digits):,} of {which}{because}.")
    loader = batches(digits, settings.batch_size)
    if not settings.fast:
        return loader
    from .fast import resident

    return resident(loader, device)


def tensorboard(path: Path) -> "SummaryWriter":
    """A writer in the folder of the run.

    Raises:
        Problem: TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise Problem("--tensorboard needs a package: pip install tensorboard", 2) from error
    return SummaryWriter(str(path / "tensorboard"))
