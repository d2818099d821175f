"""One row's samples, drawn by the reference's own samplers with the nets of three runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from autograder.config.paths import REPOSITORY, Repository
from autograder.exit_codes import UserError
from autograder.experiments.metrics.sampling import weights_digest
from autograder.experiments.trained_runs.inference import diverged, sampling_net
from autograder.experiments.trained_runs.inference import sample as sample_ddpm
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import Run, read_run

from .rows import OPTIONS, PRESETS, Row, timesteps

SIZE = (28, 28)
KEPT = {
    "class": Repository.class_run,
    "flow-class": Repository.flow_run,
    "edm": Repository.edm_run,
}


class Nets:
    """The last net of each run that the methods need, and samples from it.

    Args:
        runs: preset -> run, as `read_runs` returns them.
        device: of all nets.
        guidance: w of every sampler.

    Attributes:
        digests: preset -> SHA-256 of the weights and buffers of its net, in hexadecimal.
    """

    def __init__(self, runs: dict[str, Run], device: torch.device, guidance: float):
        self.runs, self.device, self.guidance = runs, device, guidance
        self.nets = {
            preset: sampling_net(run, run.epochs[-1], device) for preset, run in runs.items()
        }
        # Now, for the first call of a net folds its BatchNorms.
        self.digests = {preset: weights_digest(net.unet) for preset, net in self.nets.items()}

    def net(self, row: Row) -> Any:
        """The `SamplingNet` that a row draws with."""
        return self.nets[PRESETS[row.method]]

    def run(self, row: Row) -> Run:
        """The run of this net."""
        return self.runs[PRESETS[row.method]]

    def draw(self, row: Row, classes: Tensor, seed: int) -> Tensor:
        """One image for each class.

        Args:
            classes: (N,) int64.
            seed: equal seeds give equal starting noise, whatever the row.

        Returns:
            (N, 1, 28, 28) float32, on the device of the net.

        Raises:
            UserError: the samples are not finite.
        """
        run, net = self.run(row), self.net(row)
        c, w = classes.to(self.device), self.guidance
        if row.method == "flow":
            x_0, _ = reference("flow").flow_cfg_sample(net, c, SIZE, row.steps, w, seed)
        elif row.method == "edm":
            edm, guided = reference("edm"), reference("runs.labelled").Guided(net, c, w)
            sigmas = edm.edm_sigmas(row.steps).to(self.device)
            x_0, _ = edm.edm_sample(guided, sigmas, len(c), SIZE, seed=seed)
        elif row.method == "ddim":
            T, tables = run.settings.num_ts, run.schedule(self.device)
            visited, eta = timesteps(T, row.steps), row.eta
            sample = reference("ddim").ddim_cfg_sample
            x_0, _ = sample(net, tables, c, SIZE, T, visited, w, eta, seed)
        else:
            x_0, _ = sample_ddpm(run, net, c, seed, w)
        if not torch.isfinite(x_0).all():
            raise diverged(run)
        return x_0


def read_runs(methods: Sequence[str], folders: dict[str, Path | None]) -> dict[str, Run]:
    """The runs that the methods need, preset -> run.

    Args:
        methods: of METHODS.
        folders: preset -> the folder of its run; None for the one that the repository keeps.

    Raises:
        UserError: a run is missing, damaged, of another preset, or has no weights.
        MissingPath: the repository does not keep the run.
    """
    runs = {}
    for preset in dict.fromkeys(PRESETS[method] for method in methods):
        option, path = OPTIONS[preset], folders[preset] or KEPT[preset].below(REPOSITORY.root)
        try:
            run = read_run(path)
            run.needs_weights()
        except UserError as error:
            advice = f"train one with `python -m diffusion.train {preset}` in solution/"
            raise UserError(f"{option}: {error}. Or {advice}, or leave its methods out") from error
        if run.settings.kind != preset:
            raise UserError(
                f"{option} {path}: its preset is {run.settings.preset}; give a run of {preset}"
            )
        runs[preset] = run
    return runs
