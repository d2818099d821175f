"""A crash is told by its line and the shapes there; no code of a submission runs again."""

import importlib.util
import inspect
import textwrap
import threading
import time
from typing import ClassVar

import numpy as np
import pytest
import torch

from checkkit.runner.contract import CLASSES, FUNCTIONS, signature_in
from checkkit.runner.crashes import explain
from checkkit.runner.letters import Letters
from checkkit.runner.local import LocalRunner
from checkkit.runner.outcomes import TimedOut
from checkkit.runner.recording import message_of
from checkkit.spies.losses import TimeLossSpy
from checkkit.spies.training import CountingLoader, TrainingSpy
from solution.diffusion import blocks, cfg, ddpm, denoiser, training, unet

STUDENT = """
    import torch
    import torch.nn.functional as F
    from torch import nn

    class FC(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.linear = nn.Linear(i, o)
        def forward(self, x):
            return self.linear(x)

    class Block(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.conv = nn.Conv2d(i, o, 3, 1, 1)
        def forward(self, x):
            return self.conv(x)

    class Deep(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.block = Block(i, o)
        def forward(self, x):
            return self.block(x)

    class NoReturn(nn.Module):
        def forward(self, x):
            x + 1

    class Two(nn.Module):
        def forward(self, x):
            return x, x

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.up, self.deep = FC(1, 10), Block(20, 5), Deep(20, 5)
            self.chain = nn.Sequential(nn.Linear(1, 5), nn.GELU())
            self.blocks = nn.Sequential(FC(1, 10), nn.Linear(7, 2))
            self.classes = nn.Embedding(4, 10)
            self.nothing, self.two, self.absent = NoReturn(), Two(), None
            self.weight = nn.Parameter(torch.zeros(4))
        def forward(self, x, t, h, g, table, k, box):
"""
LETTERS = {"sizes": (1, 5), "inputs": [np.zeros((4, 1, 28, 28))], "num_ts": 31}
CRASHES = {
    "return h + self.fc(t[:, None])": "",  # what the call returned cannot be known
    "t1 = self.fc(t[:, None])\nreturn t1 + h": "`t1` is (N, 2D) and meets `h`, (N, 2D, 7, 7). Give "
    "it 2 more dimensions: `t1[:, :, None, None]`.",
    "h += t": "`t` is (N,) and meets `h`, (N, 2D, 7, 7). Give it 3 more dimensions: "
    "`t[:, None, None, None]`.",
    "return h + torch.zeros(4, 10)": "",
    "return x[:, :, :8] + x": "`x[:, :, :8]` is (N, 1, 8, 28) and meets `x`, (N, 1, 28, 28).",
    "return (1 - table[k]).sqrt() * x": "`(1 - table[k]).sqrt()` is (N,) and meets `x`, (N, 1, 28, "
    "28). Give it 3 more dimensions: `[:, None, None, None]`.",
    "return table * x": "`table` is (T + 1,) and meets `x`, (N, 1, 28, 28). It is the whole table: "
    "look it up at t.",
    "return table[k + 40]": "`table` has entries 0 to 31; entry 40 is read (T is 31).",
    "return table[t]": "`t` is float32; an index needs int64.",
    "t = t / 31\nreturn table[t]": "`t` is float32; an index needs int64: index with the whole "
    "numbers, before line 45 divides it.",
    "t /= 31\nreturn table[t]": "`t` is float32; an index needs int64: index with the whole "
    "numbers, before line 45 divides it.",
    "return table[t / 31]": "`t / 31` is float32; an index needs int64: index with the whole "
    "numbers, before line 45 divides it.",
    "t1 = self.fc(t[:1])\nreturn t1[:, :, None, None]": "`t1` is (2D,); `t1[:, :, None, None]` "
    "needs more dimensions.",
    "return self.fc(t)": "`t` is (N,); the Linear in `self.fc` takes (N, 1). Give it a second "
    "dimension: `t[:, None]`.",
    "return self.fc(x=t / 31)": "`t / 31` is (N,); the Linear in `self.fc` takes (N, 1). Give it a "
    "second dimension.",
    "return self.chain(t)": "`t` is (N,); `self.chain` takes (N, 1). Give it a second dimension: "
    "`t[:, None]`.",
    "return self.blocks(t)": "`t` is (N,); the Linear in `self.blocks` takes (N, 1). Give it a "
    "second dimension: `t[:, None]`.",
    "return self.blocks(t[:, None])": "The input of the Linear in `self.blocks` is (N, 2D); it "
    "takes (N, 7).",
    "return self.fc(k[:, None])": "`k[:, None]` is int64; torch.nn.Linear needs float32.",
    "return self.fc.linear(h)": "`h` is (N, 2D, 7, 7); `self.fc.linear` takes (N, 1).",
    "return self.classes(t)": "`t` is float32; torch.nn.Embedding needs int64.",
    "return self.classes(k + 1)": "`self.classes` has 4 rows, 0 to 3; `k + 1` names one outside of "
    "them.",
    "z = torch.cat([h, g], 1)\nreturn self.up(z)": "`z` is (N, 15, 7, 7); the Conv2d in `self.up` "
    "takes (N, 4D, H, W). The parts are (N, 2D, 7, 7) and (N, D, 7, 7).",
    "z = torch.cat([h, g], 1)\nh = h[:1]\nreturn self.up(z)": "`z` is (N, 15, 7, 7); the Conv2d in "
    "`self.up` takes (N, 4D, H, W).",
    "return self.up(torch.cat([h, h]))": "`torch.cat([h, h])` is (2N, 2D, 7, 7); the Conv2d in "
    "`self.up` takes (N, 4D, H, W). `torch.cat` joins along dimension 0, the images; channels are "
    "dimension 1.",
    "return torch.cat([h, t], 1)": "`h` is (N, 2D, 7, 7) and `t` is (N,); `torch.cat` joins "
    "tensors of the same number of dimensions.",
    "return torch.cat([h, g])": "`h` is (N, 2D, 7, 7) and `g` is (N, D, 7, 7); `torch.cat` joins "
    "along dimension 0. Channels are dimension 1.",
    "return torch.cat(h, g)": "`torch.cat` and `torch.stack` take one list: "
    "`torch.cat([a, b], 1)`.",
    "d = self.nothing(x)\nreturn self.up(d)": "`d` is None: `self.nothing(x)` in line 45 returned "
    "it. Does it lack `return`?",
    "def draw(x):\n    y = x\nz = draw(x)\nreturn self.up(z)": "`z` is None: `draw(x)` in line 47 "
    "returned it. Does it lack `return`?",
    "def step(x):\n    y = x\nx = self.up.conv.weight\nfor k in range(3):\n    z = x + 1\n"
    "    x = step(z)": "`x` is None: `step(z)` in line 50 returned it. Does it lack `return`?",
    "def guide(x):\n    y = x\nfor k in range(3):\n    e = guide(x)\n    x = x - 2 * e": "`e` is "
    "None: `guide(x)` in line 48 returned it. Does it lack `return`?",
    "return self.up(self.nothing(x))": "`self.nothing(x)` returned None. Does it lack `return`?",
    "return self.nothing(x) + x": "`self.nothing(x)` returned None. Does it lack `return`?",
    "return F.mse_loss(self.nothing(x), x)": "`self.nothing(x)` returned None. Does it lack "
    "`return`?",
    "return F.mse_loss(x, t)": "`t` is (N,) and meets `x`, (N, 1, 28, 28).",
    "return t @ k": "`t` is float32 and `k` is int64.",
    "return self.nothing(x).shape": "`self.nothing(x)` returned None. Does it lack `return`?",
    "if k[0] == 0:\n    d = self.nothing(x)\nreturn d + x": "`d` is None.",
    "return self.absent(x)": "",
    "z = []\nz = z.append(x)\nz.append(x)": "`z` is None: `z.append(x)` in line 46 returned it. "
    "It changes its object; do not use its result.",
    "d = self.two(x)\nreturn F.gelu(d)": "`d` is a tuple: `self.two(x)` returned it; a tensor is "
    "needed.",
    "self.weight += 1": "`self.weight` needs a gradient and is changed in place. Compute a new "
    "tensor instead.",
    "return F.one_hot(t, 10)": "`t` is float32; one_hot needs int64.",
    "if t > 2:\n    return x": "A condition takes one True or False; this tensor holds several. "
    "`torch.where` decides for each entry.",
    "return self.fc(t, t)": "The contract has `FC.forward(x)`.",
    "return h.view(3, 3)": "`h` is (N, 2D, 7, 7).",
    "raise ValueError('The size of tensor a (7) must match the size of tensor b (8) at "
    "non-singleton dimension 3')": "",
    "return x + undefined": "",
    "return fc(t[:, None])": "Did you mean `self.fc`?",
    "return x + tabel": "Did you mean `table`?",
    "betas, beta_1, beta_T = t, 1, 2\nreturn 1 - beta": "Did you mean `betas`?",
    "self.later = NoReturn\nreturn self.later(x)": "`self.later = NoReturn` in line 45 holds the "
    "class, not a layer: write `NoReturn()`.",
    "self.later = Deep\nreturn self.later(x)": "`self.later = Deep` in line 45 holds the class, "
    "not a layer: write `Deep(...)`.",
    "class Wide(nn.Module):\n    def __init__(self, i):\n        super().__init__()\n        "
    "self.conv = nn.ConvTranspose2d(i, i, 7)\nself.later = Wide\nreturn self.later(x)": "`self."
    "later = Wide` in line 49 holds the class, not a layer: write `Wide(...)`.",
    "self.later = nn.GELU\ny = self.later(x)\nreturn self.up(y)": "`self.later = nn.GELU` in line "
    "45 holds the class, not a layer: write `nn.GELU()`.",
    "self.later = nn.Linear\nreturn self.later(x, 1)": "`self.later = nn.Linear` in line 45 holds "
    "the class, not a layer: write `nn.Linear(...)`.",
    "return nn.Sequential(self.fc, nn.GELU)": "`nn.GELU` is the class, not a layer: write "
    "`nn.GELU()`.",
    "return math.sqrt(2)": "Write `import math` at the top of the file.",
    "h = y\ny = x": "`y` has no value here yet: the function sets it in line 46.",
    "return torch.rand_n_like(x)": "Did you mean `torch.randn_like`?",
    "return nn.Gelu()(x)": "Did you mean `nn.GELU`?",
    "return torch.mse_loss(x, x)": "It is in another module: `torch.nn.functional.mse_loss`.",
    "return x.reshap(-1)": "Did you mean `x.reshape`?",
    "return self.chains(x)": "Did you mean `self.chain`?",
    "return self.norm(x)": "`__init__` sets no `self.norm`; the layers that it sets are `fc`, "
    "`up`, `deep`, `chain`, `blocks`, `classes`, `nothing` and `two`.",
    "return self.fc(input=t)": "The contract has `FC.forward(x)`.",
    "return nn.Linear(1, 2, bais=False)": "Did you mean `bias=`?",
    "d = {'betas': t}\nreturn d['beta']": "Did you mean `d['betas']`?",
    "d = {'betas': t, 'alphas': t}\nreturn d['x']": "`d` has `betas` and `alphas`.",
    "d = {'betas': t}\nreturn d.betas": "`d` is a dict: write `d['betas']`.",
    "y = [1, 2]\nreturn y / 2": "`y` is a list; a tensor is needed. `torch.tensor` makes one of "
    "numbers, `torch.stack` one of tensors.",
    "for y in [[x, k]]:\n    z = y.to('cpu')": "`y` is a list: `for y in [[x, k]]` gives several "
    "things; write `for x, c in ...`.",
    "return torch.sqrt(1 - 0.5)": "`1 - 0.5` is a float; `torch.sqrt` takes a tensor. For a number "
    "there is `math.sqrt`.",
    "return torch.randn_like(x.shape)": "`x.shape` is a shape; `torch.randn_like` takes a tensor: "
    "`x`.",
    "return torch.randn(x)": "`x` is a tensor; `torch.randn` takes a shape: `x.shape`.",
    "hw = (7, 7)\nreturn torch.zeros(4, 1, hw)": "`hw` is a tuple; numbers are needed: `*hw`.",
    "return table(k)": "Round brackets call a function. An entry is read with square ones: "
    "`table[t]`.",
    "return x.shape()": "`.shape` is no function: leave `()` out.",
    "return x.size[0]": "A method needs parentheses: `x.size()[0]`.",
    "return nn.Sequential([self.fc])": "`nn.Sequential` takes layers, not a list of them: "
    "`nn.Sequential(*layers)`.",
    "return torch.stack([])": "The list is empty. Did its loop run? `range(n, 0)` is empty, "
    "`range(n, 0, -1)` goes down.",
    "return x + self.classes": "`self.classes` is the layer Embedding; a tensor is needed. A layer "
    "is made first and then called: `nn.GELU()(x)`.",
    "return self(x, t, h, g, table, k, box)": "The function calls itself without end.",
    "return torch.full(4, 0.5)": "`4` is a whole number; `torch.full` takes a shape: `(4,)`.",
    "return self.up(nn.GELU(x))": "`nn.GELU(x)` returned the layer GELU; a tensor is needed. A "
    "layer is made first and then called: `nn.GELU()(x)`.",
    "for y in 3:\n    pass": "A number is nothing to loop over: `range(n)` gives 0 to n - 1, "
    "`range(n, 0, -1)` gives n down to 1.",
    "return torch.optim.Adam(self.parameters)": "A method needs parentheses: `unet.parameters()`.",
    "return torch.zeros(3, device='gpu')": "No device has this name: an NVIDIA GPU is 'cuda'. A "
    "tensor says where it is: `device=x.device`.",
}


@pytest.fixture
def crash(tmp_path):
    """Run a body of Net.forward that crashes; return the crash."""

    def crash(body, box=None, inputs=LETTERS):
        file = tmp_path / "student.py"
        file.write_text(textwrap.dedent(STUDENT) + textwrap.indent(body, " " * 8) + "\n")
        spec = importlib.util.spec_from_file_location("student", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        images = torch.zeros(4, 1, 28, 28)
        maps = torch.zeros(4, 10, 7, 7)
        given = images, torch.rand(4), maps, maps[:, :5], torch.rand(32), torch.arange(4), box
        try:
            module.Net()(*given)
        except Exception as error:
            return explain(
                error, lambda f: "student.py" * (f.f_code.co_filename == str(file)), inputs
            )
        raise AssertionError("it does not crash")

    return crash


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(("body", "words"), CRASHES.items(), ids=CRASHES)
def test_a_crash_is_told_by_its_line_and_the_shapes_there(crash, body, words):
    told = crash(body)
    assert told.words == words
    assert told.file == "student.py" and told.code in map(str.strip, body.split("\n"))
    inside = ("if", "for", "h = y", "def ", "class", "self.later = nn.GELU")
    assert told.code == body.split("\n")[-1] or body.startswith(inside)


def test_the_line_is_where_the_input_was_made_or_first_handed_on(crash):
    made, given = crash("return self.deep(h[:, :5])"), crash("return self.deep(x)")
    assert (made.code, given.code) == ("return self.deep(h[:, :5])", "return self.block(x)")
    words = "`h[:, :5]` is (N, D, 7, 7); the Conv2d in `self.deep` takes (N, 4D, H, W)."
    assert made.words == words
    words = "`x` is (N, 1, 28, 28); the Conv2d in `self.block` takes (N, 4D, H, W)."
    assert given.words == words


SWAPPED = {
    "def mix(x, t, h):\n    return x @ h\nreturn mix(t, x, h)": "This call hands over `t` as `x` "
    "and `x` as `t`; the order is `mix(x, t, h)`.",
    "def mix(x, t, h):\n    return x @ h\nreturn mix(t, h=h, t=x)": "This call hands over `t` as "
    "`x` and `x` as `t`; the order is `mix(x, t, h)`.",
    "def ddpm_forward(unet, schedule, x_0, num_ts):\n    return x_0.device\n"
    "return ddpm_forward(self.fc, x[:1], {'betas': t}, 3)": "This call hands over `x[:1]` as "
    "`schedule` and `{'betas': t}` as `x_0`; the order is "
    "`ddpm_forward(unet, schedule, x_0, num_ts)`.",
}


@pytest.mark.parametrize(("body", "words"), SWAPPED.items())
def test_arguments_in_another_order_are_told_where_they_are_handed_over(crash, body, words):
    told = crash(body)
    assert told.words == words and told.code == body.split("\n")[-1]


def test_a_method_without_self_is_told():
    said = "Conv.forward() takes 1 positional argument but 2 were given"
    assert signature_in(said) == ("The first parameter of a method is `self`: `forward(self, x)`.")
    said = "ClassConditionalUNet.forward() takes 4 positional arguments but 5 were given"
    assert signature_in(said).startswith("The contract has ")
    said = "Conv.forward() takes 2 positional arguments but 3 were given"
    assert signature_in(said) == "The contract has `Conv.forward(x)`."


def test_arguments_that_only_have_other_names_are_in_order(crash):
    assert "order" not in crash("def mix(x, t):\n    return x @ t\nreturn mix(h, x)").words


@pytest.mark.parametrize(
    "body",
    [
        "import functools\nreturn functools.reduce(lambda y, f: f(y), [self.fc], t)",
        "from functools import reduce\nreturn reduce(lambda y, f: f(y), [self.fc], t)",
        "return list(map(lambda y: self.fc(y), [t]))",
    ],
)
def test_c_code_hands_on_no_name(crash, body):
    told = crash(body).words
    assert told.startswith("`y` is (N,); ") and told.endswith(
        "takes (N, 1). Give it a second dimension: `y[:, None]`."
    )


def test_a_size_with_two_meanings_stays_a_number(crash):
    body = "t1 = self.fc(t[:, None])\nreturn t1 + h"
    told = crash(body, inputs=LETTERS | {"num_ts": 4})  # N and T
    assert told.words.startswith("`t1` is (4, 2D) and meets `h`, (4, 2D, 7, 7).")
    assert crash(body, inputs={}).words.startswith("`t1` is (4, 10) and meets `h`, (4, 10, 7, 7).")
    letters = Letters({"net": "", "sizes": (1, 10, 5), "inputs": [np.zeros((6, 1, 28, 28))]})
    assert letters.shape((6, 10, 7, 6)) == "(N, 10, 7, 6)"  # 2D and the classes; no width


class Hostile:
    """Whatever is done with it is noted."""

    noted: ClassVar[list[str]] = []

    def _note(self, *_):
        Hostile.noted.append("ran")
        raise RuntimeError("The size of tensor a (7) must match the size of tensor b (8)")

    __repr__ = __str__ = __eq__ = __hash__ = __getattr__ = __len__ = __iter__ = __add__ = _note
    __radd__ = __getitem__ = _note

    @property
    def shape(self):
        return self._note()


@pytest.mark.parametrize(
    "body", ["return h + box", "return box + h", "return box.shape", "return self.up(box)",
             "return torch.cat([h, box], 1)", "return box[0]", "return F.gelu(box)"],
)  # fmt: skip
def test_no_object_of_a_submission_is_asked_anything(crash, body, monkeypatch):
    original = explain

    def quiet(*arguments):
        Hostile.noted.clear()
        told = original(*arguments)
        assert not Hostile.noted
        return told

    monkeypatch.setitem(globals(), "explain", quiet)
    assert crash(body, box=Hostile()).words == ""


def test_dtypes_are_named_where_torch_speaks_of_them_alone(crash):
    assert crash("return box(k, t)", box=lambda k, t: {} * t).words == ""  # operand type(s)


def test_an_expression_is_not_evaluated_again(crash):
    calls = []

    def count(x):
        calls.append(x)
        return x

    crash("return box(h) + box(t)", box=count)
    assert len(calls) == 2


class Loud(torch.Tensor):
    """A tensor that notes what torch does with it."""

    noted: ClassVar[list[str]] = []

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.noted.append(func.__name__)
        return super().__torch_function__(func, types, args, kwargs or {})


def test_only_tensors_of_torch_itself_are_read(crash):
    loud = torch.zeros(4).as_subclass(Loud)
    told = crash("z = box + t\nbox.noted.clear()\nreturn z + h", box=loud)
    assert told.words == "" and Loud.noted == ["add"]


def test_what_is_told_has_a_bounded_size(crash):
    told = crash("return t.view(" + " + ".join(["t.shape[0]"] * 300) + ")")
    assert len(told.code) <= 200 and len(told.words) <= 600


def test_calls_are_those_of_the_contract():
    for name, arguments in FUNCTIONS.items():
        modules = (ddpm, cfg, denoiser, training)
        (function,) = {vars(one)[name] for one in modules if name in vars(one)}
        assert _arguments(function) == arguments
    for name, (made, called) in CLASSES.items():
        cls = vars(blocks).get(name) or vars(unet)[name]
        assert _arguments(cls.__init__) == made and _arguments(cls.forward) == called


def _arguments(function):
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    return ", ".join(str(p.replace(annotation=p.empty)) for p in parameters)


def probe_add(diffusion, *, x):
    return {"y": diffusion.ddpm.add(x)}


def test_a_run_on_your_own_machine_tells_it_too(package):
    (package / "ddpm.py").write_text("def add(x):\n    y = x.T\n    return x + y\n")
    with pytest.raises(RuntimeError) as caught:
        LocalRunner(package.parent).run(probe_add, returns={}, x=np.zeros((3, 5), np.float32))
    words = "`x` is (N, 5) and meets `y`, (5, 3)."
    assert caught.value.__notes__ == [f"diffusion/ddpm.py, line 3: {words}"]
    told = f"diffusion/ddpm.py, line 3: return x + y\n{words}\nRuntimeError: "
    assert message_of(caught.value).startswith(told)


DEEP = """
def inner(x):
    return x + undefined

def middle(x):
    return inner(x)  # (N,)

def add(x):
    y = middle(x)
    return y
"""


def test_the_callers_of_a_crash_are_told_the_nearest_first(package):
    (package / "ddpm.py").write_text(DEEP)
    with pytest.raises(NameError) as caught:
        LocalRunner(package.parent).run(probe_add, returns={}, x=np.zeros(3, np.float32))
    assert message_of(caught.value).splitlines()[-2:] == [
        "called from diffusion/ddpm.py, line 6: return inner(x)",
        "called from diffusion/ddpm.py, line 9: y = middle(x)",
    ]


def test_a_list_of_signatures_is_left_out_beside_a_reason(package):
    (package / "ddpm.py").write_text(
        "from torch import nn\n\ndef add(x):\n    return nn.functional.conv2d(nn.GELU(x), x)\n"
    )
    with pytest.raises(TypeError) as caught:
        LocalRunner(package.parent).run(probe_add, returns={}, x=np.zeros(3, np.float32))
    assert len(str(caught.value).splitlines()) > 2 and "GELU()(x)" in message_of(caught.value)
    assert len(message_of(caught.value).splitlines()) == 3


def probe_curves(diffusion, *, x):
    curves = {"batch_loss": [diffusion.ddpm.add(x.requires_grad_())], "epoch_loss": []}
    return TrainingSpy([]).evidence(curves, CountingLoader(x, x, 1))


def test_a_submission_warns_and_the_checks_do_not(package):
    (package / "ddpm.py").write_text(
        "import warnings\n\ndef add(x):\n    warnings.warn('mine')\n    return x.sum()\n"
    )
    with pytest.warns(UserWarning) as caught:
        x = np.zeros(3, np.float32)
        LocalRunner(package.parent).run(probe_curves, returns={}, x=x)
    assert [str(one.message) for one in caught] == ["mine"]


def probe_step(diffusion, *, x):
    return {"y": diffusion.ddpm.step(TimeLossSpy(), x)}


NET_CALLS = {
    "return unet(draw(x), x[:, 0, 0, 0])": "`draw(x)` returned None. Does it lack `return`?\nTypeE",
    "z = draw(x)\nreturn unet(z, x[:, 0, 0, 0])": "`z` is None: `draw(x)` in line 5 returned it. "
    "Does it lack `return`?\nTypeError: ",
    "return unet(x, 0.5)": "TypeError: the net was called with t of type float",
    "return unet(x, None)": "TypeError: the net was called with t of type NoneType",
    "return unet(x[:, 0, 0, 0], x)": "The contract calls the net as `unet(x_t, t)`.\nValueErr",
    "return unet(x)": "The contract calls the net as `unet(x_t, t)`.\nTypeError: unet.forward() "
    "missing 1 required positional argument: 't'",
    "y = unet(x, x[:, 0, 0, 0])": "step returned None: does it lack `return`?",
}


@pytest.mark.parametrize(("body", "words"), NET_CALLS.items())
def test_the_contracts_call_is_told_where_the_call_differs(package, body, words):
    head = "def draw(x):\n    y = x\n\ndef step(unet, x):\n"
    (package / "ddpm.py").write_text(head + textwrap.indent(body, "    ") + "\n")
    with pytest.raises((TypeError, ValueError)) as caught:
        x = np.zeros((2, 1, 4, 4), np.float32)
        LocalRunner(package.parent).run(probe_step, returns={}, x=x)
    told = message_of(caught.value).partition("\n")[2] if "y =" not in body else ""
    assert (told or str(caught.value)).startswith(words)


def test_what_returned_none_is_to_blame(package):
    (package / "ddpm.py").write_text("def step(unet, x):\n    pass\n    x = 1\n")
    with pytest.raises(TypeError) as caught:
        LocalRunner(package.parent).run(probe_step, returns={}, x=np.zeros(1))
    assert caught.value.crash.inside == ("step",)


ENDLESS = {
    "while x is not None:\n    x = x + 0": "\nDoes the loop `while x is not None` (line 2) end?",
    "while True:\n    try:\n        x = x + 0\n    except Exception:\n        pass": "while True",
    "for k in iter(int, 1):\n    pass": "It was in diffusion/ddpm.py, line ",
}


@pytest.mark.parametrize(("body", "words"), ENDLESS.items())
def test_a_loop_without_end_is_ended_and_its_line_told(package, body, words):
    (package / "ddpm.py").write_text("def add(x):\n" + textwrap.indent(body, "    ") + "\n")
    with pytest.raises(TimedOut, match=r"no result within 0\.5 seconds") as caught:
        LocalRunner(package.parent).run(probe_add, returns={}, x=np.zeros(3), time_limit=0.5)
    assert words in message_of(caught.value) and caught.value.crash.inside == ("add",)


def test_a_time_limit_leaves_nothing_behind(package):
    (package / "ddpm.py").write_text("def add(x):\n    return x\n")
    before = threading.active_count()
    LocalRunner(package.parent).run(probe_add, returns={}, x=np.zeros(3), time_limit=0.2)
    assert threading.active_count() == before
    time.sleep(0.4)  # the limit passes, and nothing is raised
