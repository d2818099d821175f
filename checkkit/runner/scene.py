"""Where a submission crashed: its innermost line, what that called, and who called it."""

import ast
from itertools import pairwise
from types import FrameType, TracebackType
from typing import Any

import torch
from torch import nn

from .contract import call_of_net, misplaced
from .operands import INSTANCE, UNKNOWN, Place, is_tensor

EXPRESSION = 60  # characters
MOST_CALLERS = 8
AS_NET = "unet.forward"  # the name of their `forward`, see spies.conditions
FUNCTIONAL, SPIES = "torch.nn.functional", "checkkit.spies."
PASSES_ON = {"_wrapped_call_impl", "_call_impl", "recorded_forward"}  # what calls a `forward`
LAYERS = {  # the number of its input's channels or features, and the input's shape
    nn.Linear: ("in_features", "(N, {})"),
    nn.Conv2d: ("in_channels", "(N, {}, H, W)"),
    nn.ConvTranspose2d: ("in_channels", "(N, {}, H, W)"),
    nn.BatchNorm2d: ("num_features", "(N, {}, H, W)"),
    nn.Embedding: ("num_embeddings", ""),
}


class Scene:
    """The innermost line of a submission in a traceback that ends with a message `text`; `after`
    are the frames that it led to.
    """

    def __init__(self, text: str, entries: list[TracebackType], mine: list[int]):
        self.text = text
        self._entries, self._mine = entries, list(mine)
        self.place = Place(entries[mine[-1]])
        self.after = [entry.tb_frame for entry in entries[mine[-1] + 1 :]]

    @property
    def callee(self) -> str:
        """What the line called."""
        return code_of(self.place.node.func)

    def refused(self) -> bool:
        """Whether a net of a check raised the exception, which says itself what was wrong."""
        if not self.after or self.after[-1].f_code.co_name == "__torch_function__":
            return False  # a function of torch, called through a spy
        return self.after[-1].f_globals.get("__name__", "").startswith(SPIES)

    def handed(self) -> dict[str, tuple[ast.expr, Any]]:
        """What a call handed to the net of a check: parameter -> expression, value."""
        frame = next((one for one in self.after if _is_net(one)), None)
        if frame is None or not isinstance(self.place.node, ast.Call):
            return {}
        names = frame.f_code.co_varnames[1 : frame.f_code.co_argcount]
        given = dict(zip(names, self.place.node.args, strict=False))
        given |= {key.arg: key.value for key in self.place.node.keywords if key.arg in names}
        return {name: (one, frame.f_locals[name]) for name, one in given.items()}

    def right_call(self) -> str:
        """How the contract calls the net that raised the exception, if the order is another."""
        values = {name: value for name, (_, value) in self.handed().items() if is_tensor(value)}
        images = [name for name, value in values.items() if value.ndim == 4]
        c, t = values.get("c"), values.get("t")
        times = c is not None and c.is_floating_point()
        classes = t is not None and not t.is_floating_point()
        moved = bool(images) and "x" not in images
        return self._contract() if moved or (times and classes) else ""

    def called_otherwise(self) -> str:
        """How the contract calls a net that got another number of arguments."""
        return self._contract() if self.text.startswith(f"{AS_NET}()") else ""

    def _contract(self) -> str:
        kinds = [type(one.f_locals.get("self")).__name__ for one in self.after]
        return next(filter(None, map(call_of_net, kinds)), "")

    def order(self) -> str:
        """What a call on the way hands over in another order; `place` moves there."""
        for outer, inner in reversed([*pairwise(self._mine)]):
            caller, called = Place(self._entries[outer]), Place(self._entries[inner])
            if caller.calls(called.frame) and (words := misplaced(caller, called)):
                self.place = caller
                return words
        return ""

    def running(self) -> FrameType | None:
        """The frame of the layer of torch that the line was in."""
        if not isinstance(self.place.node, ast.Call):
            return None
        for frame in self.after:
            if type(frame.f_locals.get("self")) in LAYERS and "input" in frame.f_locals:
                return frame
        return None

    def actual(self, number: int, operand: ast.expr) -> Any:
        """The object that an operand was: by its name, or as torch's own function got it."""
        value = self.place.value(operand)
        if value is not UNKNOWN or not isinstance(self.place.node, ast.Call) or not self.after:
            return value
        if (frame := self.running()) and len(self.place.operands()) == 1:
            return frame.f_locals["input"] if self.directly(frame) else UNKNOWN
        frame = self.after[0]
        if frame.f_globals.get("__name__") != FUNCTIONAL or number >= len(self.place.node.args):
            return UNKNOWN
        return frame.f_locals.get(frame.f_code.co_varnames[number], UNKNOWN)

    def joined(self, node: ast.expr | None) -> tuple[list[tuple[str, Any]], int]:
        """The parts and the dimension of a `torch.cat`."""
        if not isinstance(node, ast.Call) or self.place.value(node.func) is not torch.cat:
            return [], 0
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        given = dict(zip(("tensors", "dim"), node.args, strict=False)) | named
        parts, dim = given.get("tensors"), self.place.twin(given.get("dim", ast.Constant(0)))
        if type(dim) is not int or not isinstance(parts, ast.List | ast.Tuple):
            return [], 0
        return [(code_of(part), self.place.twin(part)) for part in parts.elts], dim

    def outwards(self, operand: ast.expr) -> ast.expr:
        """Where a function of the submission got its parameter from; `place` moves there.

        One that was handed on all the way from outside is told where it was first handed on.
        """
        steps = []
        for _ in range(MOST_CALLERS):
            if not isinstance(operand, ast.Name) or len(self._mine) < 2:
                break
            index, names = self.place.parameter(operand.id), self.place.frame.f_code.co_varnames
            inner, outer = self._mine[-1], self._mine[-2]
            between = [entry.tb_frame for entry in self._entries[outer + 1 : inner]]
            caller = Place(self._entries[outer])
            if index is None or not _passed_on(between) or not caller.calls(self.place.frame):
                break
            index -= names[0] == "self"
            named = {keyword.arg: keyword.value for keyword in caller.node.keywords}
            given = caller.node.args
            if None in named or any(isinstance(one, ast.Starred) for one in given):
                break
            if operand.id not in named and not 0 <= index < len(given):
                break
            operand = named[operand.id] if operand.id in named else given[index]
            self.place = caller
            self._mine.pop()
            steps.append((caller, operand))
        outside = isinstance(operand, ast.Name) and self.place.parameter(operand.id) is not None
        if outside and len(steps) > 1:
            self.place, operand = steps[0]
        return operand

    def directly(self, frame: FrameType) -> bool:
        """Whether the line called this one of torch's layers itself."""
        return _passed_on(self.after[: self.after.index(frame)])


def _is_net(frame: FrameType) -> bool:
    """Whether a frame runs the `forward` of a net that a check hands over."""
    module = frame.f_globals.get("__name__")
    return frame.f_code.co_name == "forward" and type(module) is str and module.startswith(SPIES)


def _passed_on(frames: list[FrameType]) -> bool:
    """Whether these frames only hand their arguments on, as `Sequential` to its first layer."""
    return all(frame.f_code.co_name in PASSES_ON or _is_first(frame) for frame in frames)


def _is_first(frame: FrameType) -> bool:
    if frame.f_code is not nn.Sequential.forward.__code__:
        return False
    layers = INSTANCE.__get__(frame.f_locals["self"])["_modules"]
    return frame.f_locals.get("module") is next(iter(layers.values()), None)


def code_of(node: ast.AST) -> str:
    """The source of an expression, cut."""
    text = ast.unparse(node).replace("`", "'")
    return text if len(text) <= EXPRESSION else f"{text[: EXPRESSION - 1]}…"
