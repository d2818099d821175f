import torch


def table(schedule, name, t, like):
    """Rows t of a table, shaped to multiply images."""
    return schedule[name].to(like.device)[t].to(like.dtype).reshape(-1, 1, 1, 1)


def step(schedule, x, eps, t, z):
    here = torch.full((len(x),), t, device=x.device)
    a, ab, ab1 = (
        table(schedule, "alphas", here, x),
        table(schedule, "alpha_bars", here, x),
        table(schedule, "alpha_bars", here - 1, x),
    )
    x_0 = (x - torch.sqrt(1 - ab) * eps) / torch.sqrt(ab)
    mean = torch.sqrt(ab1) * (1 - a) / (1 - ab) * x_0 + torch.sqrt(a) * (1 - ab1) / (1 - ab) * x
    return mean + torch.sqrt((1 - a) * (1 - ab1) / (1 - ab)) * z
