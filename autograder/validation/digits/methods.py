"""What the calibration knows of each method by which a check has digits drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

from autograder.config.paths import File, Repository

from . import flow_variants, variants


@dataclass(frozen=True)
class Method:
    """One of the methods that a `Tier` can name.

    Attributes:
        tasks: of its checks; of shared code, the passages for these tasks belong to the method.
        modules: of the package, that its probes use.
        home: the module that has its loss and its sampler.
        loss, sampler: their names.
        right, wrong: the variants that calibrate it.
        paths: code that other methods do not use.
    """

    tasks: tuple[str, ...]
    modules: tuple[str, ...]
    home: str
    loss: str
    sampler: str
    right: Sequence[str]
    wrong: Sequence[str]
    paths: tuple[File, ...] = ()

    def parts(self, package: ModuleType) -> tuple[Any, Any]:
        """The loss and the sampler of a package."""
        home = getattr(package, self.home)
        return getattr(home, self.loss), getattr(home, self.sampler)

    def module(self, loss: Any, sampler: Any) -> SimpleNamespace:
        """What stands for the module that has the loss and the sampler."""
        return SimpleNamespace(**{self.loss: loss, self.sampler: sampler})


METHODS = {
    "ddpm": Method(
        tasks=("digits", "digits_gpu"),
        modules=("blocks.py", "unet.py", "ddpm.py", "cfg.py"),
        home="cfg",
        loss="ddpm_cfg_forward",
        sampler="ddpm_cfg_sample",
        right=[*variants.RIGHT],
        wrong=[*variants.WRONG],
    ),
    "flow": Method(
        tasks=("digits_flow",),
        modules=("blocks.py", "unet.py", "flow.py"),
        home="flow",
        loss="flow_cfg_forward",
        sampler="flow_cfg_sample",
        right=[*flow_variants.RIGHT_NETS, *flow_variants.RIGHT],
        wrong=[*flow_variants.WRONG_NETS, *flow_variants.WRONG],
        paths=(Repository.called_as_ddpm,),
    ),
}
