"""Why an operation of a submission failed: in words which shape met which, one rule for each kind.

One mechanism: the names in the expression that failed, and what they stand for (see `operands`).
Where two readings are possible there are no words.
"""

import ast
import re
from collections.abc import Iterable
from types import TracebackType

import torch

from .contract import signature_in
from .letters import Letters
from .lookups import meant
from .no_tensors import NoTensors
from .operands import is_tensor
from .scene import LAYERS, code_of

BEYOND = re.compile(r"index (-?\d+) is out of bounds for dimension 0 with size (\d+)")
KNOWN = {  # what an exception says, and what it means
    "before Module.__init__() call": "`__init__` must call `super().__init__()` before it makes "
    "layers.",
    "element 0 of tensors does not require grad": "The loss has no gradient: what it is computed "
    "from is a plain number, is detached, or is computed under `torch.no_grad()`.",
    "must be tuple of Tensors, not Tensor": "`torch.cat` and `torch.stack` take one list: "
    "`torch.cat([a, b], 1)`.",
    "'int' object is not iterable": "A number is nothing to loop over: `range(n)` gives 0 to "
    "n - 1, `range(n, 0, -1)` gives n down to 1.",
    "'method' object is not iterable": "A method needs parentheses: `unet.parameters()`.",
    "params argument given to the optimizer": "An optimizer takes the parameters of the net: "
    "`unet.parameters()`.",
    "at start of device string": "No device has this name: an NVIDIA GPU is 'cuda'. A tensor says "
    "where it is: `device=x.device`.",
    **{
        f"'{kind}' object is not callable": "Round brackets call a function. An entry is read with "
        "square ones: `table[t]`."
        for kind in ("Tensor", "dict", "list")
    },
    "'torch.Size' object is not callable": "`.shape` is no function: leave `()` out.",
    "'builtin_function_or_method' object is not subscriptable": "A method needs parentheses: "
    "`x.size()[0]`.",
    "list is not a Module subclass": "`nn.Sequential` takes layers, not a list of them: "
    "`nn.Sequential(*layers)`.",
    "expects a non-empty TensorList": "The list is empty. Did its loop run? `range(n, 0)` is "
    "empty, `range(n, 0, -1)` goes down.",
    "maximum recursion depth exceeded": "The function calls itself without end.",
    "Boolean value of Tensor with more than one value": "A condition takes one True or False; this "
    "tensor holds several. `torch.where` decides for each entry.",
}


class Story(NoTensors):
    """One crash: its message, and the line of the submission where it began."""

    def __init__(self, text: str, entries: list[TracebackType], mine: list[int], letters: Letters):
        super().__init__(text, entries, mine)
        self.letters = letters

    def words(self) -> str:
        """Why, or "" where that is not sure."""
        if self.refused():
            return self.nothing() or self.right_call()
        known = next((words for said, words in KNOWN.items() if said in self.text), "")
        known = self.uncalled() or known or self.called_otherwise() or signature_in(self.text)
        known = known or self.order() or meant(self.text, self.place)
        rules = (
            *(self.no_tensor, self.argument, self._layer, self._leaf, self._index, self._cat),
            self._operands,
        )
        found = (rule() for rule in rules if self.place.node is not None)
        return known or next(filter(None, found), "")

    # ------------------------------------------------------------- one rule for each kind of crash

    def _layer(self) -> str:
        """What a layer of torch got, and what it takes."""
        frame, operands = self.running(), self.place.operands()
        if frame is None or not is_tensor(x := frame.f_locals["input"]):
            return ""
        layer = frame.f_locals["self"]
        kind, (attribute, takes) = type(layer).__name__, LAYERS[type(layer)]
        size, weight = vars(layer)[attribute], vars(layer)["_parameters"]["weight"]
        name, source, where = f"The input of the {kind} in `{self.callee}`", None, "it"
        if len(operands) == 1 and self.directly(frame):
            inner = self.place
            source = self.outwards(operands[0])
            name = f"`{code_of(source)}`"
            where = f"{'' if self.place is inner else f'the {kind} in '}`{self.callee}`"
        if kind == "Embedding":
            if x.is_floating_point():
                return f"{name} is {_dtype(x)}; torch.nn.Embedding needs int64."
            outside = f"has {size} rows, 0 to {size - 1}; {name} names one outside of them."
            return f"{where} {outside}" if "out of range" in self.text and source else ""
        right = x.shape[-1:] == (size,) if kind == "Linear" else x.shape[1:2] == (size,)
        if right and (kind == "Linear" or x.ndim == 4):
            if weight is None or x.dtype == weight.dtype or "type" not in self.text:
                return ""
            return f"{name} is {_dtype(x)}; torch.nn.{kind} needs {_dtype(weight)}."
        takes = takes.format(self.letters.width(size))
        met = f"{name} is {self.letters.shape(x.shape)}; {where} takes {takes}."
        return met + self._advice(source, x, kind, size)

    def _advice(self, source: ast.expr | None, x: torch.Tensor, kind: str, size: int) -> str:
        """How the input of a layer gets its shape, where that is sure."""
        if kind == "Linear":
            column = f": `{source.id}[:, None]`" if isinstance(source, ast.Name) else ""
            return f" Give it a second dimension{column}." * (x.ndim == size == 1)
        if isinstance(source, ast.Name):
            source = self.place.assignment(source.id)
        parts, dim = self.joined(source)
        if parts and dim in (0, 2, 3):
            along = f"dimension {dim}{', the images' if dim == 0 else ''}"
            return f" `torch.cat` joins along {along}; channels are dimension 1."
        whole = self.place.twin(source)
        if not parts or not is_tensor(whole) or whole.shape != x.shape:  # a part is another by now
            return ""
        return (
            f" The parts are {' and '.join(self.letters.shape(part.shape) for _, part in parts)}."
        )

    def _cat(self) -> str:
        """Tensors that cannot be joined."""
        parts, dim = self.joined(self.place.node)
        if not parts or not all(is_tensor(part) for _, part in parts) or "ensor" not in self.text:
            return ""
        if len({part.ndim for _, part in parts}) > 1:
            rule = "`torch.cat` joins tensors of the same number of dimensions."
        elif dim == 0 and len({part.shape[1:2] for _, part in parts}) > 1:
            rule = "`torch.cat` joins along dimension 0. Channels are dimension 1."
        else:
            rule = f"all sizes but that of dimension {dim} have to be equal."
        return f"{self._shapes(parts)}; {rule}"

    def _leaf(self) -> str:
        """A parameter that is changed in place."""
        if "leaf Variable" not in self.text or "in-place" not in self.text:
            return ""
        name = code_of(self.place.operands()[0])
        return f"`{name}` needs a gradient and is changed in place. Compute a new tensor instead."

    def _index(self) -> str:
        """An index that a table or a tensor does not have."""
        if not isinstance(node := self.place.node, ast.Subscript):
            return ""
        base, index = self.place.twin(node.value), self.place.twin(node.slice)
        if "used as indices" in self.text and is_tensor(index):
            told = f"`{code_of(node.slice)}` is {_dtype(index)}; an index needs int64"
            source = self.outwards(node.slice)
            quotient = self.place.division(source.id) if isinstance(source, ast.Name) else source
            divides = isinstance(quotient, ast.BinOp | ast.AugAssign)
            if divides and isinstance(quotient.op, ast.Div):
                line = f"line {quotient.lineno} divides it"
                told += f": index with the whole numbers, before {line}"
            return f"{told}."
        table, beyond = code_of(node.value), BEYOND.match(self.text)
        if is_tensor(base) and "too many indices" in self.text:
            return f"{self._shapes([(table, base)])}; `{code_of(node)}` needs more dimensions."
        if not is_tensor(base) or not beyond or base.shape[:1] != (int(beyond[2]),):
            return ""
        T = f" (T is {self.letters.num_ts})" if self.letters.num_ts is not None else ""
        return f"`{table}` has entries 0 to {base.shape[0] - 1}; entry {beyond[1]} is read{T}."

    def _operands(self) -> str:
        """The tensors of any other operation that failed on their shapes, dtypes or devices."""
        given = [
            one for one in enumerate(self.place.operands()) if type(one[1]) is not ast.Constant
        ]
        values = [(code_of(operand), self.actual(number, operand)) for number, operand in given]
        real = [(name, value) for name, value in values if is_tensor(value)]
        if "device" in self.text and len({value.device for _, value in real}) > 1:
            return f"{_listed(f'`{name}` is on {value.device}' for name, value in real)}."
        twins = [self.place.twin(operand) for _, operand in given]
        known = [(name, value if is_tensor(value) else twin)
                 for (name, value), twin in zip(values, twins, strict=True)]  # fmt: skip
        known = [(name, value) for name, value in known if is_tensor(value)]
        if "one_hot" in self.text and known and known[0][1].dtype != torch.int64:
            return f"`{known[0][0]}` is {_dtype(known[0][1])}; one_hot needs int64."
        if "dtype" in self.text and len({value.dtype for _, value in known}) > 1:
            return f"{_listed(f'`{name}` is {_dtype(value)}' for name, value in known)}."
        if match := re.match(r"The size of tensor a \(\d+\) must match .* (\d+)$", self.text):
            return self._broadcast(known, int(match[1])) if known and len(given) == 2 else ""
        whole = len(known) == len(given) > 0 and re.search("size|shape|dim", self.text)
        return f"{self._shapes(known)}." if whole else ""

    def _broadcast(self, known: list[tuple[str, torch.Tensor]], dim: int) -> str:
        """Two tensors whose shapes do not fit, of which one may not be known."""
        (low, a), (high, b) = sorted([known[0], known[-1]], key=lambda one: one[1].ndim)
        missing, first = b.ndim - a.ndim, self.letters.count(a.shape[0]) if a.ndim else ""
        met = f"{self._shapes([(low, a)])} and meets"
        if len(known) == 1:  # torch says in which dimension they differ
            missing = dim + 1 - a.ndim
            fits = dim == 3 and a.ndim == 2 and first == "N"
            met = f"{met} a tensor of more dimensions." if missing > 0 else ""
        else:
            fits = _broadcasts((*a.shape, *(1,) * missing), b.shape)
            met = f"{met} `{high}`, {self.letters.shape(b.shape)}."
        if _broadcasts(a.shape, b.shape) and len(known) == 2:
            return ""
        if met and a.ndim == 1 and first == "T + 1":
            return f"{met} It is the whole table: look it up at t."
        view = f"[{', '.join([':'] * a.ndim + ['None'] * missing)}]"
        more = f"{missing} more dimension{'s' * (missing > 1)}"
        fits &= isinstance(self.place.node, ast.BinOp | ast.AugAssign)  # a loss compares, no more
        return f"{met} Give it {more}: `{low * low.isidentifier()}{view}`." if fits else met

    # ---------------------------------------------------------------------- what the rules look at

    def _shapes(self, tensors: list[tuple[str, torch.Tensor]]) -> str:
        return _listed(f"`{name}` is {self.letters.shape(one.shape)}" for name, one in tensors)


def _broadcasts(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    try:
        torch.broadcast_shapes(a, b)
    except RuntimeError:
        return False
    return True


def _listed(words: Iterable[str]) -> str:
    return " and ".join(words)


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
