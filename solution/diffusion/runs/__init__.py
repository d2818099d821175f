"""The parts of `python -m diffusion.train`. These modules are complete."""

LOSSES = (  # your loops call them by name
    "denoising_loss",  # for: denoiser
    "ddpm_forward",  # for: forward train_ddpm
    "ddpm_cfg_forward",  # for: cfg_forward train_ddpm_cfg
)
