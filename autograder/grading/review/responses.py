"""Does a sampler that passes its checks follow an ordinary net, too?

A check's net may be recognised. Here the net is that of data with one grey g, where g depends on
whether the class is kept, and on the class: eps = (x - sqrt(alpha_bar_t) g) / sqrt(1 - alpha_bar_t)
for DDPM, and for EDM what makes D(x; sigma) = g. For flow matching, the velocity T (g - x) brings x
to g in each of T steps of Euler's method, and nearer in those of others. Whatever the noise, the
last step then ends at the guided grey. All greys are in (0, 1): samplers may clamp.
"""

from typing import NamedTuple

import numpy as np

T, STEPS, ETA, SCALE = 12, [12, 7, 4, 1, 0], 0.5, 2.5
FLOW_T, SIGMA_DATA, SIGMAS = 20, 0.34, [80.0, 8.0, 1.0, 0.1, 0.0]
NEAR = 1e-3  # float32 rounding makes a hundredth of this
SCRIPT = f"""
def eps(x, t, grey):
    alpha_bar = tables({T})["alpha_bars"][(t * {T}).round().long()].reshape(-1, 1, 1, 1)
    return (x - alpha_bar.sqrt() * grey) / (1 - alpha_bar).sqrt()

class GreyTimeNet(Net):
    def forward(self, x, t):
        return eps(x, t, 0.2)

class GreyClassNet(Net):
    def forward(self, x, c, t, mask=None):
        kept = torch.ones(1) if mask is None else mask.reshape(-1).float()
        return eps(x, t, (0.2 + (c + 1) / 20 * kept).reshape(-1, 1, 1, 1))

class GreyFlowNet(Net):
    def forward(self, x, t):
        return {FLOW_T} * (0.2 - x)

class GreyFlowClassNet(Net):
    def forward(self, x, c, t, mask=None):
        kept = torch.ones(1) if mask is None else mask.reshape(-1).float()
        return {FLOW_T} * ((0.2 + (c + 1) / 20 * kept).reshape(-1, 1, 1, 1) - x)

class GreyEdmNet(Net):
    def forward(self, x, c_noise):
        sigma = (4 * c_noise).exp().reshape(-1, 1, 1, 1)
        total = sigma**2 + {SIGMA_DATA} ** 2
        return (0.2 - {SIGMA_DATA} ** 2 / total.sqrt() * x) / (sigma * {SIGMA_DATA} / total.sqrt())

def schedule():
    found = tables({T})
    try:
        from diffusion.ddpm import ddpm_schedule
        own = ddpm_schedule(1e-3, 0.3, {T})
        if all(torch.allclose(own[name], found[name], atol=1e-6) for name in found):
            return own
    except Exception:
        pass
    return found
"""
PLAIN, GUIDED = (0.2, 0.2), tuple(0.2 + SCALE * (c + 1) / 20 for c in (3, 1))


class Response(NamedTuple):
    """A call of a sampler, as an expression after the script, and the greys of its two images."""

    task: str
    module: str
    expression: str
    greys: tuple[float, ...]

    def fault(self, numbers: np.ndarray) -> str:
        """How the images that came out are wrong; empty if they are right."""
        if numbers.size != 128:
            return f"returns {numbers.size} numbers"
        off = np.abs(numbers.reshape(2, 64) - np.array(self.greys)[:, None]).max()
        return "" if off <= NEAR else f"draws images that are wrong by up to {off:.3g}"


RESPONSES = {
    "ddpm_sample": Response(
        "sample",
        "ddpm",
        f"[its.ddpm_sample(GreyTimeNet(), schedule(), 2, (8, 8), {T})[0]]",
        PLAIN,
    ),
    "ddpm_cfg_sample": Response(
        "cfg_sample",
        "cfg",
        f"[its.ddpm_cfg_sample(GreyClassNet(), schedule(), classes[:2], (8, 8), {T}, {SCALE})[0]]",
        GUIDED,
    ),
    "ddim_sample": Response(
        "ddim",
        "ddim",
        f"[its.ddim_sample(GreyTimeNet(), schedule(), 2, (8, 8), {T}, {STEPS}, {ETA})[0]]",
        PLAIN,
    ),
    "ddim_cfg_sample": Response(
        "ddim_cfg",
        "ddim",
        "[its.ddim_cfg_sample(GreyClassNet(), schedule(), classes[:2], (8, 8),"
        f" {T}, {STEPS}, {SCALE}, {ETA})[0]]",
        GUIDED,
    ),
    "flow_sample": Response(
        "flow_sample", "flow", f"[its.flow_sample(GreyFlowNet(), 2, (8, 8), {FLOW_T})[0]]", PLAIN
    ),
    "flow_cfg_sample": Response(
        "flow_cfg_sample",
        "flow",
        f"[its.flow_cfg_sample(GreyFlowClassNet(), classes[:2], (8, 8), {FLOW_T}, {SCALE})[0]]",
        GUIDED,
    ),
    "edm_sample": Response(
        "edm_sample",
        "edm",
        f"[its.edm_sample(GreyEdmNet(), torch.tensor({SIGMAS}), 2, (8, 8), {SIGMA_DATA})[0]]",
        PLAIN,
    ),
}
