"""What `python -m diffusion.train` is made of: given, nothing to fill in."""

LOSSES = ("denoising_loss", "ddpm_forward", "ddpm_cfg_forward")  # your loops call them by name
