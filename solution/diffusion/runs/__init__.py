"""The parts of `python -m diffusion.train`. These modules are complete."""

LOSSES = (  # your loops call them by name
    "denoising_loss",  # for: denoiser
    "ddpm_forward",  # for: forward train_ddpm
    "flow_forward",  # for: flow
    "flow_cfg_forward",  # for: flow_cfg
    "one_step_loss",  # for: one-step-loss
    "edm_loss",  # for: edm_loss
    "ddpm_cfg_forward",  # for: cfg_forward train_ddpm_cfg
)
