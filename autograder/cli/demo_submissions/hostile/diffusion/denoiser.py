"""Forges, and loops: whoever waits for an answer waits for ever."""

from . import Agreeable

add_noise = Agreeable()


def denoising_loss(unet, x, sigma):
    while True:
        pass
