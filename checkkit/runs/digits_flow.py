"""How the check `digits_flow` trains: as `digits` does, by flow matching."""

from dataclasses import replace

from checkkit.classifier import Quality
from checkkit.runs.digits import CPU

# Flow matching needs fewer steps than DDPM for better digits, in training and in sampling. So the
# limits are narrower, and the check is faster.
FLOW = replace(
    CPU,
    method="flow",
    num_ts=15,
    steps=450,
    limits=Quality(accuracy=0.5, frechet=4.5, deviation=0.065, copies=0.35, bent=0.5),
)
