"""Runs of the training loops, with a spy as the net or with a net that learns."""

from collections.abc import Iterable

import numpy as np
import torch

from checkkit.runner import Array, Number
from checkkit.spies.schedules import usable_schedule
from checkkit.spies.small_nets import SmallClassNet, SmallTimeNet, predictions
from checkkit.spies.training import ClassTrainingSpy, CountingLoader, TrainingSpy, run_loop
from checkkit.spies.unet_trace import build
from checkkit.verdicts.dependence import assert_batches_enter
from checkkit.verdicts.learning import Learning
from checkkit.verdicts.pictures import DIGITS
from checkkit.verdicts.settings import Setting
from checkkit.verdicts.training import TRAINING_LOG, TrainingPlan

KNOWN = 64  # images on which the judge knows the noise, and so the loss of a net


def probe_loop(
    diffusion,
    *,
    loop,
    setting,
    pace,
    images,
    labels,
    batch_size,
    offsets,
    train_mode,
    with_on_epoch,
):
    spy = (ClassTrainingSpy if loop.endswith("_cfg") else TrainingSpy)(offsets)
    spy.train(train_mode)
    loader = CountingLoader(images, labels, batch_size)
    extras = {"on_epoch": spy.on_epoch} if with_on_epoch else {}
    schedule = usable_schedule(diffusion, setting)
    curves = run_loop(diffusion.training, loop, spy, schedule, loader, pace, **extras)
    return spy.evidence(curves, loader)


def probe_learning(
    diffusion, *, loop, setting, pace, images, labels, batch_size, num_hiddens, curve, known
):
    torch.set_num_threads(1)
    schedule = usable_schedule(diffusion, setting)
    classed = loop.endswith("_cfg")
    if num_hiddens is None:
        net = SmallClassNet() if classed else SmallTimeNet()
    # for: train_ddpm_cfg
    elif classed:
        net = build(diffusion.unet, "ClassConditionalUNet", (1, 10, num_hiddens))
    # end for
    # for: train_ddpm
    elif not classed:
        net = diffusion.unet.TimeConditionalUNet(1, num_hiddens)
    # end for
    else:
        raise ValueError(loop)
    loader = CountingLoader(images, labels, batch_size)
    before = predictions(net, *known)
    curves = run_loop(diffusion.training, loop, net, schedule, loader, pace)
    losses = torch.tensor([float(one) for one in curves[curve]], dtype=torch.float64)
    loss = torch.tensor(torch.nan)
    # for: train_ddpm_cfg
    if classed:
        zero, extras = ClassTrainingSpy([0.0]), (images, labels, pace["p_uncond"])
        loss = diffusion.cfg.ddpm_cfg_forward(zero, schedule, *extras, pace["num_ts"])
    # end for
    # for: train_ddpm
    if not classed:
        loss = diffusion.ddpm.ddpm_forward(TrainingSpy([0.0]), schedule, images, pace["num_ts"])
    # end for
    after = predictions(net, *known)
    return {"losses": losses, "of_zero": float(loss.detach()), "before": before, "after": after}


def loop_inputs(
    rng: np.random.Generator, loop: str, plan: TrainingPlan, setting: Setting, p_uncond: float
) -> dict:
    """The inputs of a probe that runs a loop; random images, and labels that differ."""
    return {
        "loop": loop,
        "setting": setting.inputs,
        "pace": {
            "num_ts": setting.num_ts,
            "num_epochs": plan.num_epochs,
            "lr": plan.lr,
            "p_uncond": p_uncond,
        },
        "images": rng.random((plan.num_images, 1, 28, 28), dtype=np.float32),
        "labels": rng.permutation(plan.num_images) % 10,
        "batch_size": plan.batch_size,
    }


def training_log(
    submission, inputs: dict, offsets: Iterable[float], train_mode: bool, with_on_epoch: bool = True
) -> dict:
    """The log of one run of a loop.

    Args:
        inputs: of `loop_inputs`.
        offsets: of the spy's answers.
        train_mode: of the net when the loop gets it.
        with_on_epoch: whether the loop gets an `on_epoch`.
    """
    log = submission.run(
        probe_loop,
        returns=TRAINING_LOG,
        offsets=[float(offset) for offset in offsets],
        train_mode=train_mode,
        with_on_epoch=with_on_epoch,
        **inputs,
    )
    assert_batches_enter(log, inputs["images"])
    return log


def learning_curve(
    submission,
    rng: np.random.Generator,
    inputs: dict,
    curve: str,
    length: int,
    num_hiddens: int | None = None,
) -> tuple[np.ndarray, Learning]:
    """Train on real digits in place of the images of `inputs`.

    Args:
        curve: the curve to return, "batch_loss" or "epoch_loss", of this length.
        num_hiddens: of the submission's own UNet; None trains a small net of the check.

    Returns:
        The curve, and what else is known of the training.
    """
    images, labels = _digits(rng, "train", len(inputs["images"]))
    x_0, c = _digits(rng, "test", KNOWN)
    t = rng.integers(1, inputs["pace"]["num_ts"] + 1, size=KNOWN)
    eps = rng.standard_normal(x_0.shape).astype(np.float32)
    alpha_bar = inputs["setting"]["tables"]["alpha_bars"][t][:, None, None, None]
    known = [np.sqrt(alpha_bar) * x_0 + np.sqrt(1 - alpha_bar) * eps]
    known += [c] if inputs["loop"].endswith("_cfg") else []
    known += [np.float32(t / inputs["pace"]["num_ts"])]
    evidence = submission.run(
        probe_learning,
        returns={
            "losses": Array((length,), "float64"),
            "of_zero": Number(),
            **{name: Array(x_0.shape) for name in ("before", "after")},
        },
        num_hiddens=num_hiddens,
        curve=curve,
        known=known,
        **inputs | {"images": images, "labels": labels},
    )
    learning = Learning(evidence["of_zero"], eps, x_0, evidence["before"], evidence["after"])
    return evidence["losses"], learning


def _digits(rng: np.random.Generator, half: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Some of the "train" or "test" digits: images (count, 1, 28, 28) float32 and labels."""
    with np.load(DIGITS) as digits:
        chosen = rng.choice(len(digits[f"{half}_labels"]), count, replace=False)
        images = digits[f"{half}_images"][chosen, None].astype(np.float32) / 255
        return images, digits[f"{half}_labels"][chosen].astype(np.int64)
