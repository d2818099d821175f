# for: denoiser train_ddpm train_ddpm_cfg
"""Draw what you hand in: python -m diffusion.draw RUN... [options]. Given, nothing to fill in.

Reads the folders of runs, as `diffusion.train` and the notebook write them, and draws with your
functions. What you are to draw with code of your own is not among it.
"""

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .drawing import Drawing, load_run, test_digits
from .runs.settings import Problem, is_device

if TYPE_CHECKING:  # torch takes seconds to import, and --help needs none
    from .runs.pictures import Picture
    from .runs.reading import Run

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
    # for: frechet-distances closest-pairs
    of_samples = "for Fréchet distances and closest pairs (2000 on a GPU, 100 on a CPU)"
    parser.add_argument("--samples", type=_samples, help=of_samples)
    # end for
    # for: frechet-distances
    inception = "Fréchet distances over InceptionV3's features, with the weights of this file"
    parser.add_argument("--inception", type=Path, metavar="FILE", help=inception)
    # end for
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


# for: frechet-distances closest-pairs
def _samples(text: str) -> int:
    if (samples := int(text)) < 10:
        raise argparse.ArgumentTypeError("it must be 10 or more")
    return samples


# end for
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
    kinds: dict[str, Run] = {}
    for run in runs:
        first = kinds.setdefault(run.settings.kind, run)
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
        drawing = Drawing(run, digits, device, given.seed)
        drawing.samples = given.samples  # for: frechet-distances closest-pairs
        drawing.inception = given.inception  # for: frechet-distances
        drawings.append(drawing)
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


if __name__ == "__main__":
    sys.exit(main())
# end for
