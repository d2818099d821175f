# for: editing-*
"""Your functions with a pretrained model: python -m diffusion.edit [options]. Given.

Draws the figures that you hand in, as report/23-editing-noise.png and so on.
"""

import argparse
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw what works and say what does not; the exit status is 0, or 1 if something failed."""
    from .pretrained.loading import NotLoaded
    from .runs.models import MODELS, load_model

    parser = argparse.ArgumentParser(prog="python -m diffusion.edit", description=__doc__)
    parser.add_argument("--model", choices=MODELS, default="digits", help="which one (digits)")
    parser.add_argument("--output", type=Path, default=Path("report"), help="folder (report)")
    parser.add_argument("--seed", type=int, help="of all noise (a new one)")
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
    try:
        model = load_model(given.model)
    except (NotLoaded, FileNotFoundError) as problem:
        print(f"not drawn: {problem}", file=sys.stderr)
        return 1
    status = 0
    for figure, draw in _figures(given, model):
        path = given.output / figure
        try:
            print(f"wrote {draw().save(path)}")
        except (NotImplementedError, OSError, NotLoaded) as problem:
            print(f"{path} is not drawn: {problem}", file=sys.stderr)
            status = 1
        except Exception as error:  # of your functions
            traceback.print_exc()
            words = f"{path} is not drawn, because of the error above: {type(error).__name__}"
            print(words, file=sys.stderr)
            status = 1
    return status


def _figures(given: argparse.Namespace, model: Any) -> Iterator[tuple[str, Callable]]:
    """The name of each figure's file, and what draws it."""
    from . import iterative, noising, single_step
    from .pretrained.deepfloyd import DeepFloyd
    from .runs import editing, stages
    from .runs.models import real_images

    seed = given.seed
    noisy_at, one_step = noising.noisy_at, single_step.one_step
    blur_denoise = single_step.blur_denoise
    plain, guided = iterative.iterative_denoise, iterative.iterative_denoise_cfg

    @cache
    def images():
        return real_images(given.model, model)

    def timesteps() -> list[int]:
        return iterative.strided_timesteps(*editing.start_and_stride(model))

    # for: editing-noise
    yield (
        editing.file_name("editing-noise"),
        lambda: editing.noisy_images(model, noisy_at, images(), seed),
    )
    # end for
    # for: editing-denoised
    functions = noisy_at, blur_denoise, one_step
    yield (
        editing.file_name("editing-denoised"),
        lambda: editing.denoised_at_once(model, *functions, images(), seed),
    )
    # end for
    # for: editing-iterative
    all_functions = noisy_at, blur_denoise, one_step, plain
    yield (
        editing.file_name("editing-iterative"),
        lambda: editing.denoised_in_steps(model, *all_functions, timesteps(), images()[:1], seed),
    )
    # end for
    # for: editing-samples
    yield (
        editing.file_name("editing-samples"),
        lambda: editing.samples(model, plain, guided, timesteps(), seed),
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
        lambda: image_editing.images_to_images(model, sdedit, timesteps(), images(), seed),
    )
    # end for
    # for: editing-drawn
    from .runs import drawings

    yield (
        editing.file_name("editing-drawn"),
        lambda: image_editing.drawn_to_images(
            *(model, sdedit, timesteps()),
            drawings.processed(image_to_image.process_image, model, given.pictures, given.drawings),
            seed,
        ),
    )
    # end for
    # for: editing-conditional
    yield (
        editing.file_name("editing-conditional"),
        lambda: image_editing.images_to_others(model, sdedit, timesteps(), images(), seed),
    )
    # end for
    # for: editing-inpainting
    from . import inpainting

    yield (
        editing.file_name("editing-inpainting"),
        lambda: image_editing.inpainted(model, inpainting.inpaint, timesteps(), images(), seed),
    )
    # end for
    # for: editing-anagrams
    from .illusions import diagonal, half_turn, upside_down, visual_anagram
    from .runs.illusion_pictures import anagrams

    turns = upside_down, half_turn, diagonal
    yield (
        editing.file_name("editing-anagrams"),
        lambda: anagrams(model, visual_anagram, turns, timesteps(), seed),
    )
    # end for
    # for: editing-hybrids
    from .illusions import hybrid_image
    from .runs.illusion_pictures import hybrids

    yield (
        editing.file_name("editing-hybrids"),
        lambda: hybrids(model, hybrid_image, timesteps(), seed),
    )
    # end for
    if isinstance(model, DeepFloyd):
        yield "stages.png", lambda: stages.inference_steps(model, seed)


if __name__ == "__main__":
    sys.exit(main())
# end for
