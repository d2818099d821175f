"""The numbers that students compare with, before any check, are those of the solution."""

import re

import pytest
import torch

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import read_run

HANDOUT = REPOSITORY.handout.read_text()
ROWS = {
    cells[0]: cells[1:]
    for line in HANDOUT.splitlines()
    if line.startswith("| ")
    and (cells := [cell.strip() for cell in re.sub(r" <!--.*-->$", "", line)[1:-1].split("|")])
}


def row(beginning: str) -> str:
    """The second cell of the only row that begins so."""
    (found,) = [cells[0] for first, cells in ROWS.items() if first.startswith(beginning)]
    return found


def digits() -> torch.Tensor:
    return reference("data").mnist(subset=True).tensors[0][:2000]


@pytest.mark.parametrize(
    ("net", "before", "widths"),
    [
        ("UnconditionalUNet", (1,), (16, 64, 128)),
        ("TimeConditionalUNet", (1,), (16, 64)),
        ("ClassConditionalUNet", (1, 10), (16, 64)),
    ],
)
def test_parameters(net, before, widths):
    arguments = ", ".join(map(str, (*before, "D")))
    shown = row(f"parameters of `{net}({arguments})` for D = {', '.join(map(str, widths))}")
    nets = [getattr(reference("unet"), net)(*before, width) for width in widths]
    counts = [sum(weight.numel() for weight in one.parameters()) for one in nets]
    assert shown == "; ".join(f"{count:,}" for count in counts)


def test_alpha_bars():
    shown = row("`alpha_bars` at t = 1, 75, 150, 300")
    tables = reference("ddpm").ddpm_schedule(1e-4, 0.02, 300)
    assert shown == "; ".join(f"{tables['alpha_bars'][t]:.4f}" for t in (1, 75, 150, 300))


@pytest.mark.parametrize(
    ("beginning", "net"),
    [
        ("of a net that answers 0", torch.zeros_like),
        ("of a net that returns its input", torch.clone),
    ],
)
def test_losses_of_denoisers_that_have_learnt_nothing(beginning, net):
    loss = reference("denoiser").denoising_loss(net, digits(), 0.5)
    assert row(f"`denoising_loss` {beginning}") == f"{loss:.2f}"


def test_losses_of_a_diffusion_net_that_answers_0():
    def net(x, *others):
        return torch.zeros_like(x)

    schedule, x_0 = reference("ddpm").ddpm_schedule(1e-4, 0.02, 300), digits()
    classes = torch.zeros(len(x_0), dtype=torch.long)
    loss = reference("ddpm").ddpm_forward(net, schedule, x_0, 300)
    guided = reference("cfg").ddpm_cfg_forward(net, schedule, x_0, classes, 0.1, 300)
    assert row("`ddpm_forward` of a net that answers 0") == f"{loss:.2f}"
    assert row("`ddpm_cfg_forward` of a net that answers 0") == f"{guided:.2f}"


def test_losses_of_a_flow_net_that_answers_0():
    def net(x, *others):
        return torch.zeros_like(x)

    torch.manual_seed(0)
    flow, x_1 = reference("flow"), digits()
    classes = torch.zeros(len(x_1), dtype=torch.long)
    loss, guided = (
        flow.flow_forward(net, x_1, 50),
        flow.flow_cfg_forward(net, x_1, classes, 0.1, 50),
    )
    assert row("`flow_forward` of a net that answers 0") == f"{loss:.2f}"
    assert row("`flow_cfg_forward` of a net that answers 0") == f"{guided:.2f}"


@pytest.mark.parametrize(
    ("preset", "net"),
    [
        ("denoiser", "the denoiser"),
        ("time", "the net with time"),
        ("class", "the net with classes"),
    ],
)
def test_losses_of_the_first_epoch_are_those_of_the_kept_runs(preset, net):
    run = read_run(REPOSITORY.runs / preset)
    width, loss = run.settings.num_hiddens, run.curves["epoch_loss"][0]
    assert row(f"mean loss over epoch 1 of {net}, 60,000 digits") == f"D = {width}: {loss:.3f}"


def test_every_visible_task_has_its_minutes_in_the_handout():
    for task in load_course().known_tasks.values():
        if not task.hidden and task.id != "digits_gpu":
            shown = float(ROWS[f"`{task.id}`"][0])
            assert shown == (task.minutes or shown), task.id
