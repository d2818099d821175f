"""A student's folder with few real digits, and `diffusion.train` run from it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch

from .student_folder import student_folder, without_diffusion

DIGITS = 96


@pytest.fixture
def one_thread() -> Iterator[None]:
    """As in the process that Ctrl-C ends: sums are rounded otherwise with other threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory) -> Callable[[str], Path]:
    """A folder that holds the solution or the starter, with 96 digits of the subset."""

    def make(which: str) -> Path:
        return student_folder(tmp_path_factory.mktemp(which), DIGITS, which)

    return make


@pytest.fixture(scope="session")
def solution(folder_of) -> Path:
    return folder_of("solution")


@pytest.fixture
def imported(monkeypatch) -> Iterator[Callable[[Path], object]]:
    """imported(folder): the package there, imported anew; another `diffusion` comes back after."""

    def load(folder: Path) -> object:
        imports.enter_context(without_diffusion())
        monkeypatch.syspath_prepend(str(folder))
        import diffusion.train
        import diffusion.training

        return diffusion

    with ExitStack() as imports:
        yield load


@pytest.fixture
def diffusion(imported, solution) -> object:
    return imported(solution)


class Printed(str):
    """What a command printed, with its exit status."""

    status: int


@pytest.fixture
def command(diffusion, tmp_path, capsys) -> Callable[..., Printed]:
    """command("denoiser", "--epochs", 2): run the program on a tiny net below tmp_path."""

    def run(preset: str, *options: object) -> Printed:
        small = ("--num-hiddens", 2, "--batch-size", 32, "--subset", "--runs", tmp_path)
        small += ("--device", "cpu") if "--device" not in options else ()
        status = diffusion.train.main([preset, *map(str, (*small, *options))])
        output = capsys.readouterr()
        printed = Printed(output.out + output.err)
        printed.status = status
        assert "Traceback" not in printed
        return printed

    return run


def checkpoint_of(folder: Path) -> dict:
    return torch.load(folder / "checkpoint.pt", weights_only=True)


def same_weights(one: Path, other: Path) -> bool:
    states = [checkpoint_of(folder)["model"] for folder in (one, other)]
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def shared_lists() -> list:
    """A few kilobytes in a file; as a text, more than any memory holds."""
    lists: list = ["x"]
    for _ in range(60):
        lists = [lists, lists]
    return lists
