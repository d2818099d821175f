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
    from .runs.sampling import Sampler  # for: train_ddpm train_ddpm_cfg flow flow_cfg

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
    # for: train_ddpm_cfg flow_cfg edm_loss
    if hasattr(settings, "p_uncond"):
        return unet.ClassConditionalUNet(1, 10, D)
    # end for
    # for: time_unet train_ddpm
    if hasattr(settings, "num_ts"):
        return unet.TimeConditionalUNet(1, D)
    # end for
    # for: scaled_time_unet
    if hasattr(settings, "num_ts"):
        return unet.ScaledTimeUNet(1, D)
    # end for
    # for: denoiser one-step-loss one-step-denoised
    if settings.kind in ("denoiser", "one-step"):
        return unet.UnconditionalUNet(1, D)
    # end for
    raise Problem(f"no net is known for the preset {settings.preset}")


def test_digits(data: str, subset: bool) -> "TensorDataset":
    """`digits_of` for the test digits."""
    return digits_of(data, subset, train=False)


def digits_of(data: str, subset: bool, train: bool) -> "TensorDataset":
    """The training or test digits of MNIST in the folder `data`, or of its subset.

    Raises:
        Problem: there are none.
    """
    from .data import mnist

    try:
        with warnings.catch_warnings(action="ignore"):  # the subset has real digits as well
            return mnist(train=train, root=data, subset=subset)
    except (FileNotFoundError, RuntimeError) as error:
        raise Problem(f"no digits ({error}); put tests/ beside diffusion/ or go online.") from error


@dataclass
class Drawing:
    """A run, and what its figures need: test digits, and your functions."""

    run: "Run"
    digits: "TensorDataset"
    device: "torch.device"
    seed: int = 0
    samples: int | None = None  # for: frechet-distances closest-pairs
    inception: Path | None = None  # for: frechet-distances

    # for: train_ddpm train_ddpm_cfg flow flow_cfg
    @cached_property
    def sampler(self) -> "Sampler":
        """Your sampler for the nets of the run."""
        from .runs.sampling import Sampler

        # for: flow_sample flow_cfg_sample
        if not self.run.scheduled:
            return Sampler(self.run, self._flow_sampler(), None, self.device, self.seed)
        # end for
        # for: sample cfg_sample
        from . import cfg, ddpm

        function = None
        # for: cfg_sample
        if self.run.conditional:
            function = cfg.ddpm_cfg_sample
        # end for
        # for: sample
        if not self.run.conditional:
            function = ddpm.ddpm_sample
        # end for
        if function is not None:
            return Sampler(self.run, function, ddpm.ddpm_schedule, self.device, self.seed)
        # end for
        raise Problem("your course has no sampler for this net")

    # for: flow_sample flow_cfg_sample
    def _flow_sampler(self) -> Callable:
        from . import flow

        # for: flow_cfg_sample
        if self.run.conditional:
            return flow.flow_cfg_sample
        # end for
        # for: flow_sample
        if not self.run.conditional:
            return flow.flow_sample
        # end for
        raise Problem("your course has no sampler for this net")

    # end for
    # end for
    def figures(self) -> "Iterator[tuple[str, Callable[[], Picture | bytes]]]":
        """File name, and what draws it: it raises a Problem if the run does not allow it."""
        from .runs import figures

        name = figures.file_name
        kind = self.run.settings.kind
        # for: one-step-denoised
        if kind == "one-step":
            yield name("one-step-denoised"), partial(
                figures.one_step_denoised, self.run, self.digits, self.device, self.seed
            )
        # end for
        # for: edm-steps
        if kind == "edm":
            yield name("edm-steps"), self._edm_steps
        # end for
        # for: denoiser
        if kind == "denoiser":
            from . import denoiser

            common = self.digits, denoiser.add_noise
            place = {"device": self.device, "seed": self.seed}
            yield name("noising-strip"), partial(figures.noising_strip, *common, self.seed)
            yield name("denoised-epochs"), partial(
                figures.denoised_epochs, self.run, *common, **place
            )
            yield name("out-of-distribution"), partial(
                figures.out_of_distribution, self.run, *common, **place
            )
        # end for
        yield name(f"{kind}-loss"), partial(figures.losses, self.run)
        # for: train_ddpm train_ddpm_cfg flow flow_cfg
        if self.run.timed:
            yield name(f"{kind}-samples"), lambda: figures.samples(self.sampler)
            # for: flow-steps flow-paths
            if kind == "flow":
                yield name("flow-steps"), lambda: figures.flow_steps(self.sampler)
                yield name("flow-paths"), lambda: figures.flow_paths(self.sampler)
            # end for
            # for: train_ddpm_cfg
            if kind == "class":
                labels = lambda: figures.label_samples(self.sampler, self.digits)  # noqa: E731
                yield name("test-labels"), labels
            # end for
            # for: ddim-steps
            if kind == "class":
                from . import ddim

                faster = lambda: figures.ddim_steps(self.sampler, ddim.ddim_cfg_sample)  # noqa: E731
                yield name("ddim-steps"), faster
            # end for
            # for: frechet-distances closest-pairs
            if kind == "class":
                yield name("frechet-distances"), self._frechet_distances
                yield name("closest-pairs"), self._closest_pairs
            # end for
            yield name(f"{kind}-strip"), lambda: figures.animation_strip(self.sampler)
            yield f"{kind}-reverse.gif", lambda: figures.animation(self.sampler)
        # end for

    # for: frechet-distances closest-pairs
    @cached_property
    def _drawn(self) -> "dict[str, torch.Tensor]":
        """Many samples by each sampler; a GPU draws 2,000, a CPU 100, unless said otherwise."""
        from .runs import figures

        faster = None
        # for: ddim_cfg
        from . import ddim

        faster = ddim.ddim_cfg_sample
        # end for
        count = self.samples or (100 if self.device.type == "cpu" else 2_000)
        return figures.many_samples(self.sampler, count, faster)

    @cached_property
    def _training(self) -> "TensorDataset":
        s = self.run.settings
        return digits_of(s.data, s.subset, train=True)

    def _frechet_distances(self) -> "Picture":
        from checkkit.classifier import features

        from . import metrics
        from .runs import figures

        over = {}
        if self.inception:
            from .runs.inception import inception_features

            features = inception_features(self.inception)
            over = {"over": "InceptionV3's features"}
        real = self._training, self.digits
        return figures.frechet_distances(
            self.sampler, self._drawn, *real, metrics.fid, features, **over
        )

    def _closest_pairs(self) -> "Picture":
        from . import metrics
        from .runs import figures

        real = self._training, self.digits
        return figures.closest_pairs(self.sampler, self._drawn, *real, metrics.memorization)

    # end for
    # for: edm-steps
    def _edm_steps(self) -> "Picture":
        from . import edm
        from .runs import figures

        functions = edm.edm_sample, edm.edm_sigmas
        return figures.edm_steps(self.run, *functions, self.device, self.seed)

    # end for
    def learnt(self) -> "Picture":
        """What the run has learnt: samples, or denoised test digits."""
        from .runs import figures

        # for: edm-steps
        if self.run.settings.kind == "edm":
            return self._edm_steps()
        # end for
        # for: train_ddpm train_ddpm_cfg flow flow_cfg
        if self.run.timed:
            return figures.last_samples(self.sampler)
        # end for
        # for: one-step-denoised
        if self.run.settings.kind == "one-step":
            return figures.one_step_denoised(self.run, self.digits, self.device, self.seed)
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
