"""The two wall-clock figures, for a GPU: a whole training, and ten thousand guided samples.

Written without a GPU at hand: nothing in this file has run on one yet.
"""

import torch

from autograder.experiments.trained_runs.reference import reference

from . import ours
from .timing import now
from .workload import CLASSES, HW, Workload

EPOCHS, DIGITS, SAMPLES, AT_ONCE = 20, 60_000, 10_000, 1_000


def wall_clock(work: Workload) -> dict[str, float]:
    """Seconds that `--fast` takes for the handout's training, and for as many samples."""
    training, data, fast = (reference(name) for name in ("training", "data", "runs.fast"))
    torch.manual_seed(0)
    net = ours.net_of(work.D).to(work.device)
    digits = data.batches(work.digits(DIGITS), work.batch)
    schedule = ours.schedule_of(work)
    began = now(work.device)
    loader = fast.resident(digits, work.device)
    with fast.fast_training(training, net):
        loop = training.train_ddpm_cfg
        loop(net, schedule, loader, work.num_ts, EPOCHS, work.lr, work.p_uncond)
    trained = now(work.device)
    ready = fast.SamplingNet(net)
    c = torch.arange(AT_ONCE) % CLASSES
    for seed in range(SAMPLES // AT_ONCE):
        sample = reference("cfg").ddpm_cfg_sample
        sample(ready, schedule, c, HW, work.num_ts, work.guidance, seed)
    sampled = now(work.device)
    return {
        "training_seconds": trained - began,
        "sampling_seconds": sampled - trained,
        "epochs": EPOCHS,
        "digits": DIGITS,
        "samples": SAMPLES,
    }
