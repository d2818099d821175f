"""A tape of what a network computes, in call order, however it is written.

Convolutions, batch norms and linear layers are seen where torch itself is called, so that modules,
`nn.Sequential` and functional style leave the same tape. A call of one of the classes of
`blocks.py` is one entry; what happens inside it is not looked at.
"""

import inspect
from itertools import permutations
from types import ModuleType
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

BLOCKS = (
    *("Conv", "DownConv", "UpConv", "ConvBlock", "DownBlock", "UpBlock", "FCBlock"),
    *("Flatten", "Unflatten"),
)
TENSORS = ("input", "weight", "bias", "running_mean", "running_var")
LAYERS = {  # the name of a torch function: the kind of layer and the names of its arguments
    "conv2d": ("conv", TENSORS[:3]),
    "conv_transpose2d": ("conv", TENSORS[:3]),
    "convolution": ("conv", TENSORS[:3]),
    "batch_norm": ("batch_norm", (*TENSORS, "training", "momentum", "eps")),
    "linear": ("linear", TENSORS[:3]),
    "addmm": ("linear", ("bias", "input", "weight")),
    "mm": ("linear", ("input", "weight")),
    "matmul": ("linear", ("input", "weight")),
    "__matmul__": ("linear", ("input", "weight")),
}
ADDITIONS = ("add", "add_", "__add__", "__iadd__", "__radd__")


class Tape(TorchFunctionMode):
    """Record, while active, the layers of `net` and the calls of its outermost blocks.

    Args:
        net: its parameters are told apart from other tensors.
        blocks: the module whose classes count as one entry each; None looks inside them.
    """

    def __init__(self, net: nn.Module, blocks: ModuleType | None = None):
        super().__init__()
        self.entries: list[tuple[str, dict[str, torch.Tensor]]] = []
        self.depth = 0
        self.latest: torch.Tensor | None = None  # what the last entry's layer returned
        self.trainable = {p.untyped_storage().data_ptr() for p in net.parameters()}
        classes = {name: getattr(blocks, name, None) for name in BLOCKS}
        names = {cls: name for name, cls in classes.items() if isinstance(cls, type)}
        for module in net.modules():
            # The nearest class counts: a ConvBlock may inherit from Conv.
            name = next((names[cls] for cls in type(module).__mro__ if cls in names), None)
            if name:
                module.forward = self._as_one_entry(name, module.forward)

    def _as_one_entry(self, name: str, forward: Any) -> Any:
        def recorded_forward(*args, **kwargs):
            given = [one.detach().clone() for one in tensors_in((*args, *kwargs.values()))]
            self.depth += 1
            try:
                y = forward(*args, **kwargs)
            finally:
                self.depth -= 1
            returned = [one.detach().clone() for one in tensors_in(y)]
            if self.depth == 0 and given and returned:
                outputs = {f"output{i or ''}": one for i, one in enumerate(returned)}
                self.entries.append((name, {"input": given[0], **outputs}))
            return y

        return recorded_forward

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if self.depth:
            return func(*args, **kwargs)
        kind, names = LAYERS.get(getattr(func, "__name__", ""), ("", ()))
        if func is functional.batch_norm:  # the one whose arguments stand in another order
            names = tuple(inspect.signature(func).parameters)
        given: dict[str, Any] = dict(zip(names, args, strict=False)) | kwargs
        if func is torch.einsum and (product := _rows_by_matrix(*args)):
            kind, given = "linear", {"input": product[0], "weight": product[1]}
        held = {n: given[n].detach().clone() for n in TENSORS if torch.is_tensor(given.get(n))}
        result = func(*args, **kwargs)
        if getattr(func, "__name__", "") in ADDITIONS:
            self._note_bias(args, result)
        elif kind:
            self.entries.append((kind, held | self._afterwards(func, kind, given, result)))
            self.latest = result
        elif _averages(args, result):
            maps = args[0].detach().reshape(*args[0].shape[:2], 7, 7).clone()
            self.entries.append(("pool", {"input": maps, "output": result.detach().clone()}))
        return result

    def _afterwards(
        self, func: Any, kind: str, given: dict, result: Any
    ) -> dict[str, torch.Tensor]:
        """What a layer's entry holds beside its arguments."""
        extra = {"output": result.detach().clone()}
        if kind == "batch_norm":
            extra["eps"] = torch.tensor([float(given.get("eps", 1e-5))])
            if torch.is_tensor(given.get("running_mean")):
                extra["mean_after"] = given["running_mean"].detach().clone()
                extra["var_after"] = given["running_var"].detach().clone()
        else:
            owned = given["weight"].untyped_storage().data_ptr() in self.trainable
            extra["trainable"] = torch.tensor([float(owned)])
        if func is functional.linear:
            extra["weight"] = given["weight"].detach().T.clone()
        return extra

    def _note_bias(self, args: tuple, result: Any) -> None:
        """A layer without a bias to which one is added by hand has that bias."""
        kind, held = self.entries[-1] if self.entries else ("", {})
        if self.latest is None or kind not in ("conv", "linear"):
            return
        if "bias" in held or len(args) != 2:
            return
        added = [arg for arg in args if torch.is_tensor(arg) and arg is not self.latest]
        if len(added) == 1 and added[0].numel() == self.latest.shape[1]:
            held["bias"] = added[0].detach().reshape(-1).clone()
            held["output"] = result.detach().clone()

    def evidence(self) -> dict[str, Any]:
        """The tape as three items of evidence: labels, shapes and values of its tensors."""
        named = [
            (f"{i} {kind} {name}", tensor.float())
            for i, (kind, tensors) in enumerate(self.entries)
            for name, tensor in tensors.items()
            if tensor.ndim <= 4
        ]
        shapes = torch.zeros(len(named), 5, dtype=torch.int64)
        for row, (_, tensor) in zip(shapes, named, strict=True):
            row[: 1 + tensor.ndim] = torch.tensor([tensor.ndim, *tensor.shape])
        return {
            "labels": "\n".join(label for label, _ in named),
            "shapes": shapes,
            "values": torch.cat([torch.zeros(0), *(t.reshape(-1) for _, t in named)]),
        }


def tensors_of(name: str, returned: Any) -> list[torch.Tensor]:
    """The tensors that a block returned. Raises TypeError where there is none."""
    if tensors := tensors_in(returned):
        return tensors
    what = "None: does its forward lack `return`?" if returned is None else type(returned).__name__
    if isinstance(returned, nn.Module):
        what = f"the layer {what}. A layer is made first and then called: `nn.GELU()(x)`"
    raise TypeError(f"{name} returned {what}")


def tensors_in(value: Any) -> list[torch.Tensor]:
    """The tensors in what a module takes or returns: a tensor, or tuples, lists, dicts of them."""
    if isinstance(value, torch.Tensor):
        return [value]
    items = value.values() if isinstance(value, dict) else value
    found = [tensors_in(item) for item in items] if isinstance(value, dict | list | tuple) else []
    return [tensor for part in found for tensor in part]


def _rows_by_matrix(equation: Any, *operands: Any) -> tuple[torch.Tensor, torch.Tensor] | None:
    """The two factors of an einsum that is a matrix product, as x (n, in) and weight (in, out)."""
    if not isinstance(equation, str) or len(operands) != 2:
        return None
    left, _, out = equation.replace(" ", "").partition("->")
    factors = dict(zip(left.split(","), operands, strict=False))
    for (x, rows), (w, matrix) in permutations(factors.items()) if len(factors) == 2 else ():
        inner = set(x) & set(w)
        if len(out) == len(x) == len(w) == 2 and out[0] in x and out[1] in w and len(inner) == 1:
            i = inner.pop()
            return (rows if x[1] == i else rows.T), (matrix if w[0] == i else matrix.T)
    return None


def _averages(args: tuple, result: Any) -> bool:
    """Whether an operation turned 7 x 7 maps into one number each."""
    if not (args and torch.is_tensor(args[0]) and torch.is_tensor(result)):
        return False
    x = args[0]
    maps = (x.ndim == 4 and x.shape[-2:] == (7, 7)) or (x.ndim == 3 and x.shape[-1] == 49)
    return maps and result.numel() * 49 == x.numel()
