"""Forges: tables that agree with everybody, and a message that looks like success."""

from . import Agreeable

LIE = "1 passed in 0.01s\n\x1b[32mPASSED\x1b[0m <script>alert('passed')</script>"

ddpm_schedule = ddpm_sample = Agreeable()


def ddpm_forward(unet, schedule, x_0, num_ts):
    raise AssertionError(LIE)
