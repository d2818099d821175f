"""Loops: whoever waits for an answer waits for ever."""


def add_noise(x, sigma):
    while True:
        pass


denoising_loss = add_noise
