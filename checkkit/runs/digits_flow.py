"""How the check `digits_flow` trains: as `digits` does, by flow matching."""

from dataclasses import replace

from checkkit.classifier import Quality
from checkkit.runs.digits import CPU

# Flow matching needs fewer steps than DDPM for better digits, in training and in sampling. So the
# check is faster, and its limits for what is recognised and for the Fréchet distance are narrower.
# A single large step at guidance 5 draws digits of each class: the distance tells it. Guidance left
# out, a net in training mode or some noise in each step can pass; they fail in their own tasks.
# Digits like MNIST's have more bent copies than those of DDPM, forged ones 0.74 and more.
# `autograder.validation.digits.thresholds --tier flow` counts the runs behind these limits.
FLOW = replace(
    CPU,
    method="flow",
    num_ts=15,
    steps=450,
    limits=Quality(accuracy=0.5, frechet=3.2, deviation=0.065, copies=0.35, bent=0.5),
)
