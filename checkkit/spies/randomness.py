"""The global sources of randomness, put into a known state."""

import random

import numpy as np
import torch


def reset_random_state(state: int) -> None:
    """Seed every global generator that a submission may draw from."""
    random.seed(state)
    np.random.seed(state % 2**32)
    torch.manual_seed(state)
