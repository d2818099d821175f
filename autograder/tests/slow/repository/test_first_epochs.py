"""The losses of a first epoch in the handout are those of the notebook's sizes."""

import re

import pytest
import torch
from torch.utils.data import TensorDataset

from autograder.authoring.release.notebook.source import read_source
from autograder.config.paths import REPOSITORY
from autograder.experiments.trained_runs.reference import reference

ROWS = {
    ("small", "denoiser"): '`"small"` of the notebook: denoiser',
    ("small", "ddpm"): '`"small"` of the notebook: a net with time',
    ("tiny", "ddpm"): '`"tiny"` of the notebook: nothing learnt yet',
}


def size_of(name: str) -> dict:
    """One of the sizes in the notebook's cell."""
    cells = read_source(REPOSITORY.root)
    (cell,) = (cell for cell in cells if (cell.directive, cell.value) == ("open", "sizes"))
    defined: dict = {"torch": torch}
    exec("import os\n" + cell.body, defined)
    return defined[name]


def first_epoch(size: dict, net: str) -> float:
    torch.manual_seed(0)
    setting, images = size[net], reference("data").mnist(subset=True).tensors
    digits = TensorDataset(*(tensor[: size["digits"]] for tensor in images))
    loader = reference("data").batches(digits, setting["batch_size"])
    nets, loops = reference("unet"), reference("training")
    if net == "denoiser":
        unet = nets.UnconditionalUNet(1, setting["num_hiddens"])
        return loops.train_denoiser(unet, loader, 0.5, 1, setting["lr"])["epoch_loss"][0]
    unet, T = nets.TimeConditionalUNet(1, setting["num_hiddens"]), size["schedule"]["num_ts"]
    schedule = reference("ddpm").ddpm_schedule(**size["schedule"])
    return loops.train_ddpm(unet, schedule, loader, T, 1, setting["lr"])["epoch_loss"][0]


@pytest.mark.usefixtures("long_run")
@pytest.mark.parametrize(("size", "net"), ROWS, ids=map("-".join, ROWS))
def test_the_first_epoch_ends_where_the_handout_says(size, net):
    (low, high) = re.findall(
        rf"{re.escape(ROWS[size, net])} \| ([\d.]+) to ([\d.]+) ", REPOSITORY.handout.read_text()
    )[0]
    assert float(low) <= first_epoch(size_of(size), net) <= float(high)
