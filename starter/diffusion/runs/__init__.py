"""The parts of `python -m diffusion.train`. These modules are complete."""

LOSSES = ("denoising_loss", "ddpm_forward", "ddpm_cfg_forward")  # your loops call them by name
