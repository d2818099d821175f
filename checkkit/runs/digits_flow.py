"""How the check `digits_flow` trains: as `digits` does, by flow matching."""

from dataclasses import replace

from checkkit.classifier import Quality
from checkkit.runs.digits import CPU

# Flow matching needs fewer steps than DDPM for better digits, in training and in sampling. So the
# check is faster, and its limits for what is recognised and for the Fréchet distance are narrower.
# One large step at guidance 5 draws readable digits of each class: the distance tells it. Guidance
# left out, a net in training mode, or a little noise in each step can pass here; they fail in their
# own tasks. Bent copies: digits like MNIST's have more of them than those of DDPM, forged ones 0.74.
FLOW = replace(
    CPU,
    method="flow",
    num_ts=15,
    steps=450,
    limits=Quality(accuracy=0.5, frechet=3.2, deviation=0.065, copies=0.35, bent=0.5),
)
