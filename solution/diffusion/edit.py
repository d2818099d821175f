# for: editing-noise editing-denoised editing-iterative editing-samples editing-sdedit editing-drawn editing-conditional editing-inpainting
"""Your functions with the pretrained digit model: python -m diffusion.edit [options]. Given.

Draws the figures that you hand in, as report/23-editing-noise.png and so on.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw what works and say what does not; the exit status is 0, or 1 if something failed."""
    parser = argparse.ArgumentParser(prog="python -m diffusion.edit", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("report"), help="folder (report)")
    # for: editing-drawn
    parser.add_argument(
        "--pictures", nargs="+", metavar="FILE", type=Path, default=[],
        help="pictures of your own for the figure editing-drawn, as they are",
    )
    parser.add_argument(
        "--drawings", nargs="+", metavar="FILE", type=Path, default=[],
        help="drawings of your own, dark on light, which are inverted",
    )
    # end for
    given = parser.parse_args(arguments)
    status = 0
    for figure, draw in _figures(given):
        path = given.output / figure
        try:
            print(f"wrote {draw().save(path)}")
        except (NotImplementedError, OSError) as problem:
            print(f"{path} is not drawn: {problem}", file=sys.stderr)
            status = 1
    return status


def _figures(given: argparse.Namespace) -> Iterator[tuple[str, Callable]]:
    """The name of each figure's file, and what draws it."""
    from . import iterative, noising, single_step
    from .data import mnist
    from .pretrained.digit_model import load_digit_model
    from .runs import editing

    model = load_digit_model()
    digits = 2 * mnist(train=False, subset=True).tensors[0][:10] - 1
    noisy_at, one_step = noising.noisy_at, single_step.one_step
    blur_denoise = single_step.blur_denoise
    plain, guided = iterative.iterative_denoise, iterative.iterative_denoise_cfg

    def timesteps() -> list[int]:
        return iterative.strided_timesteps(editing.START, editing.STRIDE)

    # for: editing-noise
    yield editing.file_name("editing-noise"), lambda: editing.noisy_images(model, noisy_at, digits)
    # end for
    # for: editing-denoised
    functions = noisy_at, blur_denoise, one_step
    yield (
        editing.file_name("editing-denoised"),
        lambda: editing.denoised_at_once(model, *functions, digits),
    )
    # end for
    # for: editing-iterative
    all_functions = noisy_at, blur_denoise, one_step, plain
    yield (
        editing.file_name("editing-iterative"),
        lambda: editing.denoised_in_steps(model, *all_functions, timesteps(), digits[:1]),
    )
    # end for
    # for: editing-samples
    yield (
        editing.file_name("editing-samples"),
        lambda: editing.samples(model, plain, guided, timesteps()),
    )
    # end for
    # for: editing-sdedit editing-drawn editing-conditional editing-inpainting
    from .runs import image_editing

    # end for
    # for: editing-sdedit editing-drawn editing-conditional
    from . import image_to_image

    sdedit = image_to_image.sdedit
    # end for
    # for: editing-sdedit
    yield (
        editing.file_name("editing-sdedit"),
        lambda: image_editing.images_to_images(model, sdedit, timesteps(), digits),
    )
    # end for
    # for: editing-drawn
    from .runs import drawings

    yield (
        editing.file_name("editing-drawn"),
        lambda: image_editing.drawn_to_images(
            *(model, sdedit, timesteps()),
            drawings.processed(image_to_image.process_image, given.pictures, given.drawings),
        ),
    )
    # end for
    # for: editing-conditional
    yield (
        editing.file_name("editing-conditional"),
        lambda: image_editing.images_to_others(model, sdedit, timesteps(), digits),
    )
    # end for
    # for: editing-inpainting
    from . import inpainting

    yield (
        editing.file_name("editing-inpainting"),
        lambda: image_editing.inpainted(model, inpainting.inpaint, timesteps(), digits),
    )
    # end for


if __name__ == "__main__":
    sys.exit(main())
# end for
