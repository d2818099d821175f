"""A UNet of your own design that predicts noise better (handout, part 4).

Its shape inside is yours. It is called like `TimeConditionalUNet`, so your loss, your sampler and
your training loop take it as it is.
"""

import torch
from torch import nn

Tensor = torch.Tensor


### BEGIN SOLUTION
def group_norm(channels: int) -> nn.GroupNorm:
    """GroupNorm of at most 8 groups: no batch statistics, so no image depends on others."""
    return nn.GroupNorm(8 if channels % 8 == 0 else 1, channels)


def time_embedding(t: Tensor, size: int) -> Tensor:
    """(N, size) cosines and sines of 1000 t (N,), the positions of Transformers (size even)."""
    half = size // 2
    rates = 10_000.0 ** (-torch.arange(half, device=t.device) / half)
    angles = 1000 * t[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], dim=1)


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut; between them the time scales and shifts (FiLM).

    Ho et al. 2020 (residual blocks), Perez et al. 2018 (FiLM).
    """

    def __init__(self, in_channels: int, out_channels: int, time_channels: int):
        super().__init__()
        self.first = nn.Sequential(
            group_norm(in_channels), nn.SiLU(), nn.Conv2d(in_channels, out_channels, 3, padding=1)
        )
        self.film = nn.Linear(time_channels, 2 * out_channels)
        self.norm = group_norm(out_channels)
        self.second = nn.Sequential(nn.SiLU(), nn.Conv2d(out_channels, out_channels, 3, padding=1))
        same = in_channels == out_channels
        self.shortcut = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """(N, in_channels, H, W) and (N, time_channels) -> (N, out_channels, H, W)."""
        scale, shift = self.film(time)[:, :, None, None].chunk(2, dim=1)
        h = self.norm(self.first(x)) * (1 + scale) + shift
        return self.shortcut(x) + self.second(h)


class SelfAttention(nn.Module):
    """Self-attention of one head: each place takes from all others (Vaswani et al. 2017)."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm = group_norm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> the same shape."""
        q, k, v = self.qkv(self.norm(x)).flatten(2).transpose(1, 2).chunk(3, dim=2)
        taken = nn.functional.scaled_dot_product_attention(q, k, v)  # (N, H W, channels)
        return x + self.out(taken.transpose(1, 2).unflatten(2, x.shape[2:]))


### END SOLUTION
class BetterUNet(nn.Module):
    """A net that predicts the noise better than `TimeConditionalUNet`, in about the same time.

    Levels, blocks and the way of t are yours. What stays: t changes what is done with the image,
    each pixel of the answer sees more than 5 pixels around it, skips bring fine detail from the
    input to the output, and in eval mode each image has its own answer, whatever else is in the
    batch.

    Args:
        in_channels: C.
        num_hiddens: D, a multiple of 16: how wide the net is.
    """

    def __init__(self, in_channels: int, num_hiddens: int):
        super().__init__()
        ### BEGIN SOLUTION
        D, time = num_hiddens, 4 * num_hiddens
        self.rates = 2 * D
        self.time = nn.Sequential(
            nn.Linear(self.rates, time), nn.SiLU(), nn.Linear(time, time), nn.SiLU()
        )
        self.enter = nn.Conv2d(in_channels, D, 3, padding=1)
        self.to14 = nn.Conv2d(D, 2 * D, 3, stride=2, padding=1)
        self.down14 = ResidualBlock(2 * D, 2 * D, time)
        self.to7 = nn.Conv2d(2 * D, 4 * D, 3, stride=2, padding=1)
        self.down7 = ResidualBlock(4 * D, 4 * D, time)
        self.attention = SelfAttention(4 * D)
        self.up7 = ResidualBlock(4 * D, 4 * D, time)
        self.from7 = nn.ConvTranspose2d(4 * D, 2 * D, 2, stride=2)
        self.up14 = ResidualBlock(4 * D, 2 * D, time)
        self.from14 = nn.ConvTranspose2d(2 * D, D, 2, stride=2)
        self.up28 = ResidualBlock(2 * D, D, time)
        self.norm = group_norm(D)
        self.leave = nn.Conv2d(D, in_channels, 3, padding=1)
        ### END SOLUTION

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Predict the noise in a batch.

        Args:
            x: (N, in_channels, H, W) float32 noisy images; H and W are multiples of 4, for example
                28 or 32.
            t: (N,) float32 normalised time t / T in [0, 1].

        Returns:
            (N, in_channels, H, W) float32, any numbers: nothing squashes the noise.
        """
        ### BEGIN SOLUTION
        time = self.time(time_embedding(t, self.rates))                          # (N,  4D)
        skip28 = self.enter(x)                                                   # (N,  D, 28, 28)
        skip14 = self.down14(self.to14(skip28), time)                            # (N, 2D, 14, 14)
        h = self.up7(self.attention(self.down7(self.to7(skip14), time)), time)   # (N, 4D,  7,  7)
        h = self.up14(torch.cat([self.from7(h), skip14], 1), time)               # (N, 2D, 14, 14)
        h = self.up28(torch.cat([self.from14(h), skip28], 1), time)              # (N,  D, 28, 28)
        return self.leave(nn.functional.silu(self.norm(h)))                      # (N,  C, 28, 28)
        ### END SOLUTION
