# for: denoiser train_ddpm train_ddpm_cfg
"""Draw what you hand in: python -m diffusion.draw RUN... [options]. Given, nothing to fill in.

Reads the folders of runs, as `diffusion.train` and the notebook write them, and draws with your
functions. What you are to draw with code of your own is not among it.
"""

import argparse
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from .runs.settings import Problem, Settings, is_device

if TYPE_CHECKING:  # torch takes seconds to import, and --help needs none
    import torch
    from torch import nn
    from torch.utils.data import TensorDataset

    from .runs.pictures import Picture
    from .runs.reading import Run
    from .runs.sampling import Sampler  # for: train_ddpm train_ddpm_cfg

ABOUT = """Draw the figures that you hand in, except those for which you write the code.

RUN is the folder of a run, as runs/class. Its config.yaml says what was trained. The figures have
the names that report/report.md gives them.
"""
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, and return the exit status: 0, 1 (failed), 2 (bad request) or 130 (Ctrl-C)."""
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m diffusion.draw", description=ABOUT, formatter_class=shape
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--output", type=Path, default=Path("report"), help="folder (report)")
    parser.add_argument("--seed", type=_seed, default=0, help="of noise, digits and samples (0)")
    parser.add_argument("--data", help="folder of MNIST (that of the run)")
    parser.add_argument("--subset", action="store_true", help="test digits of tests/data")
    devices = "auto, cuda, mps or cpu (auto)"
    parser.add_argument("--device", type=_device, default="auto", help=devices)
    given = parser.parse_args(arguments)
    try:
        return _draw(given)
    except Problem as problem:
        return _end(f"Stopped: {problem}", problem.status)
    except KeyboardInterrupt:
        return _end("Interrupted: figures that were named above are whole.", INTERRUPTED)


def _seed(text: str) -> int:
    seed = int(text)
    if not 0 <= seed < 2**32:
        raise argparse.ArgumentTypeError("it must be from 0 to 2 ** 32 - 1")
    return seed


def _device(text: str) -> str:
    if not is_device(text):
        raise argparse.ArgumentTypeError("it must be auto, cuda, mps or cpu")
    return text


def _end(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return status


def _draw(given: argparse.Namespace) -> int:
    """Draw the figures of all runs; 1 if one that a run allows could not be drawn."""
    from .runs.environment import choose_device

    runs = [load_run(path) for path in given.runs]
    kinds: dict[tuple, Run] = {}
    for run in runs:
        first = kinds.setdefault((run.timed, run.conditional), run)
        if first is not run:
            raise Problem(
                f"{first.path} and {run.path} have figures of the same names; draw one of them, or "
                "each with its own --output.",
                2,
            )
    device = choose_device(given.device)
    drawings = []
    for run in runs:
        subset = given.subset or run.settings.subset
        digits = test_digits(given.data or run.settings.data, subset)
        drawings.append(Drawing(run, digits, device, given.seed))
    whole = [_save(name, draw, given.output) for d in drawings for name, draw in d.figures()]
    for drawing in drawings:
        for sentence in drawing.lacking():
            print(sentence, file=sys.stderr)
    return int(not all(whole))


def _save(name: str, draw: "Callable[[], Picture | bytes]", output: Path) -> bool:
    """Draw one figure into a file, and say so; whether that could be done."""
    from .runs.pictures import write_picture

    try:
        made = draw()
        content = made if isinstance(made, bytes) else made.png()
        path = write_picture(output / name, content)
    except (Problem, NotImplementedError) as problem:
        print(f"{name} is not drawn: {problem}", file=sys.stderr, flush=True)
    except OSError as error:
        raise Problem(f"{output / name} cannot be written: {error.strerror}") from error
    except Exception as error:  # of your functions
        traceback.print_exc()
        words = f"{name} is not drawn, because of the error above: {type(error).__name__}"
        print(words, file=sys.stderr, flush=True)
    else:
        print(f"{path}: {len(content) / 1e3:.0f} kB", flush=True)
        return True
    return False


def load_run(path: Path) -> "Run":
    """A run in the folder `path`, with nets of your `unet.py`.

    Raises:
        Problem: something in it is missing or damaged.
    """
    from .runs.reading import read_run

    return read_run(path, net_of)


def net_of(settings: Settings) -> "nn.Module":
    """An untrained net of a preset, built from your `unet.py`."""
    from . import unet

    D = settings.num_hiddens
    # for: train_ddpm_cfg
    if hasattr(settings, "p_uncond"):
        return unet.ClassConditionalUNet(1, 10, D)
    # end for
    # for: train_ddpm
    if hasattr(settings, "num_ts"):
        return unet.TimeConditionalUNet(1, D)
    # end for
    # for: denoiser
    if hasattr(settings, "sigma"):
        return unet.UnconditionalUNet(1, D)
    # end for
    raise Problem(f"no net is known for the preset {settings.preset}")


def test_digits(data: str, subset: bool) -> "TensorDataset":
    """The test digits of MNIST in the folder `data`, or of its subset.

    Raises:
        Problem: there are none.
    """
    from .data import mnist

    try:
        with warnings.catch_warnings(action="ignore"):  # the subset has real test digits as well
            return mnist(train=False, root=data, subset=subset)
    except (FileNotFoundError, RuntimeError) as error:
        raise Problem(f"no digits ({error}); put tests/ beside diffusion/ or go online.") from error


@dataclass
class Drawing:
    """A run, and what its figures need: test digits, and your functions."""

    run: "Run"
    digits: "TensorDataset"
    device: "torch.device"
    seed: int = 0

    # for: train_ddpm train_ddpm_cfg
    @cached_property
    def sampler(self) -> "Sampler":
        """Your sampler for the nets of the run."""
        from . import cfg, ddpm
        from .runs.sampling import Sampler

        function = None
        # for: cfg_sample
        if self.run.conditional:
            function = cfg.ddpm_cfg_sample
        # end for
        # for: sample
        if not self.run.conditional:
            function = ddpm.ddpm_sample
        # end for
        if function is None:
            raise Problem("your course has no sampler for this net")
        return Sampler(self.run, function, ddpm.ddpm_schedule, self.device, self.seed)

    # end for
    def figures(self) -> "Iterator[tuple[str, Callable[[], Picture | bytes]]]":
        """File name, and what draws it: it raises a Problem if the run does not allow it."""
        from .runs import figures

        kind = "class" if self.run.conditional else "ddpm" if self.run.timed else "denoiser"
        # for: denoiser
        if not self.run.timed:
            from . import denoiser

            common = self.digits, denoiser.add_noise
            place = {"device": self.device, "seed": self.seed}
            yield "noising-strip.png", partial(figures.noising_strip, *common, self.seed)
            yield "denoised-epochs.png", partial(
                figures.denoised_epochs, self.run, *common, **place
            )
            yield "out-of-distribution.png", partial(
                figures.out_of_distribution, self.run, *common, **place
            )
        # end for
        yield f"{kind}-loss.png", partial(figures.losses, self.run)
        # for: train_ddpm train_ddpm_cfg
        if self.run.timed:
            yield f"{kind}-samples.png", lambda: figures.samples(self.sampler)
            # for: train_ddpm_cfg
            if self.run.conditional:
                labels = lambda: figures.label_samples(self.sampler, self.digits)  # noqa: E731
                yield "test-labels.png", labels
            # end for
            yield f"{kind}-strip.png", lambda: figures.animation_strip(self.sampler)
            yield f"{kind}-reverse.gif", lambda: figures.animation(self.sampler)
        # end for

    def learnt(self) -> "Picture":
        """What the run has learnt: 40 samples, or denoised test digits."""
        from .runs import figures

        # for: train_ddpm train_ddpm_cfg
        if self.run.timed:
            return figures.last_samples(self.sampler)
        # end for
        # for: denoiser
        if not self.run.timed:
            from . import denoiser

            return figures.denoised_epochs(
                self.run, self.digits, denoiser.add_noise, self.device, self.seed
            )
        # end for
        raise Problem(f"nothing is drawn for the preset {self.run.settings.preset}")

    def lacking(self) -> Iterator[str]:
        """A sentence if the figures show fewer epochs than the handout asks for."""
        from .runs.figures import shown_epochs, wanted_epochs

        shown = shown_epochs(self.run) if self.run.epochs else []
        if missing := [str(epoch) for epoch in wanted_epochs(self.run) if epoch not in shown]:
            trained = self.run.trained_epochs
            yield (
                f"{self.run.path} was trained for {trained} epoch{'s' * (trained != 1)}: its "
                f"figures lack the net after {', '.join(missing)}."
            )


if __name__ == "__main__":
    sys.exit(main())
# end for
