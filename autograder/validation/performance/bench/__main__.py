"""`make bench`: measure, print the tables, and write them to a folder."""

import importlib.metadata
import json
import os
import platform
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console

from autograder.command_line import run_alone
from autograder.config.files import write_whole
from autograder.config.paths import REPOSITORY
from autograder.experiments.trained_runs.reference import reference
from autograder.progress import Progress
from autograder.validation.performance.pages import render
from checkkit.runner.machine import processors

from . import comparing, flops, ours
from .workload import NUM_TS, Workload, why_not_compile

PEAK_TRIES = 5


def main(
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1, ...")] = "cpu",
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads (one per processor)")
    ] = None,
    width: Annotated[
        list[int] | None, typer.Option(min=4, metavar="D", help="of the nets (repeatable; 64)")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="how often each contender runs")] = 7,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="tiny sizes, to test the bench; the figures mean nothing"),
    ] = False,
    only_ours: Annotated[bool, typer.Option("--only-ours", help="leave out diffusers")] = False,
    compiled: Annotated[
        bool, typer.Option("--compile/--no-compile", help="also torch.compile (a minute a net)")
    ] = True,
    wall_clock: Annotated[
        bool, typer.Option("--full", help="on a GPU: also 20 epochs and 10,000 samples")
    ] = False,
    output: Annotated[Path, typer.Option(help="folder for the results")] = REPOSITORY.bench_results,
) -> None:
    """Measure how fast the reference trains and samples, beside diffusers and the hardware."""
    where = _device(device)
    if wall_clock and where.type != "cuda":
        raise typer.BadParameter("--full trains 20 epochs, hours without a GPU: add --device cuda")
    if not only_ours and any(D % 4 for D in width or ()):
        raise typer.BadParameter("--width: diffusers needs a multiple of 4; or add --only-ours")
    try:  # now, not after an hour
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"{output} cannot be written ({error.strerror}): choose another --output"
        raise typer.BadParameter(problem) from None
    torch.set_num_threads(threads or max(1, int(processors())))
    missing = why_not_compile() if compiled and not quick else None
    compiles = compiled and not quick and not missing
    rounds = 1 if quick else rounds
    work, widths = Workload(where), width or [64]
    if quick:
        work = replace(work, batch=4, train_steps=1, samples=2, chain_steps=2)
        widths = width or [8]
    results: dict = {
        "environment": _environment(where, only_ours),
        "quick": quick,
        "rounds": rounds,
        "sizes": {
            name: getattr(work, name) for name in ("batch", "train_steps", "samples", "chain_steps")
        }
        | {"num_ts": NUM_TS},
        "notes": [missing] if missing else [],
        "widths": [],
        "wall_clock": None,
    }
    messages = Console(stderr=True, soft_wrap=True)
    parts = 1 + comparing.PARTS_OF_A_WIDTH * len(widths) + wall_clock
    with Progress(messages, total=parts, own_lines=True) as progress:
        with progress.part("the peak of convolutions"):
            fast = reference("runs.fast").precision(where)
            dtypes = tuple(dict.fromkeys((torch.float32, fast)))
            results["peaks"] = flops.conv_peaks(work, dtypes, 1 if quick else PEAK_TRIES)
        for D in widths:
            measured = comparing.measure(
                replace(work, D=D), rounds, not only_ours, compiles, progress
            )
            results["widths"].append(measured)
        if wall_clock:
            with progress.part("20 epochs and 10,000 samples"):
                results["wall_clock"] = ours.wall_clock(replace(work, D=widths[0]))
    page = render("bench.md.j2", **results)
    print(page, end="")
    write_whole(output / f"{where.type}.json", json.dumps(results, indent=1) + "\n")
    write_whole(output / f"{where.type}.md", page)
    messages.print(f"Written: {output / where.type}.md and .json", markup=False, highlight=False)


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda"):
        raise typer.BadParameter(f"--device is {name!r}; it must be cpu or cuda")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise typer.BadParameter(
            "--device cuda: torch finds no GPU; leave it out to measure the CPU"
        )
    return device


def _environment(where: torch.device, only_ours: bool) -> dict:
    return {
        "device": where.type,
        "processor": torch.cuda.get_device_name(where) if where.type == "cuda" else _processor(),
        "threads": torch.get_num_threads(),
        "cores": processors(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
        "torch": torch.__version__,
        "diffusers": None if only_ours else importlib.metadata.version("diffusers"),
        "started": time.strftime("%Y-%m-%d"),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.+)", info.read_text()) if info.is_file() else None
    return model[1].strip() if model else platform.processor() or platform.machine()


if __name__ == "__main__":
    run_alone(main)
