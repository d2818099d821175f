# for: denoiser train_ddpm train_ddpm_cfg
"""A run with your functions: its nets, its samples, and its figures. Given, nothing to fill in."""

import shlex
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from .runs.settings import Problem, Settings

if TYPE_CHECKING:  # torch takes seconds to import, and --help needs none
    import torch
    from torch import nn
    from torch.utils.data import TensorDataset

    from .runs.pictures import Picture
    from .runs.reading import Run
    from .runs.sampling import Sampler  # for: train_ddpm train_ddpm_cfg

LEARNT = "learnt.png"


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


def show_learnt(path: Path, device: "torch.device") -> None:
    """Draw what a run has learnt; a sampler that does not work yet spoils no training."""
    print("Drawing what it has learnt ...", flush=True)
    try:
        run = load_run(path)
        digits = test_digits(run.settings.data, run.settings.subset)
        picture = Drawing(run, digits, device).learnt().save(path / LEARNT)
    except KeyboardInterrupt:
        print("Left out. The training is complete.")
    except NotImplementedError as stub:
        print(f"No picture yet. Not written yet: {stub}")
    except Exception as error:  # of your sampler, or of the disk
        print(f"No picture: {type(error).__name__}: {error}. The training is complete.")
    else:
        print(f"See {picture}")
    print(f"The figures to hand in: python -m diffusion.draw {shlex.quote(str(path))}")
# end for
