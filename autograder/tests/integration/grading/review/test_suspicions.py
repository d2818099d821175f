"""Source that does something unusual is reported, source that solves the tasks is not."""

import time

import pytest

from autograder.course.starter import committed_starter
from autograder.grading.intake import PACKAGE
from autograder.grading.review import suspicions
from autograder.grading.review.source_review.rules import look_at
from autograder.validation.known_bugs.apply import solution_files, write_package
from autograder.validation.known_bugs.entries import load_entries


def named(files):
    return {f"{PACKAGE}/{name}": text.encode() for name, text in files.items()}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import os", "imports os (another process)"),
        ("from subprocess import run", "imports subprocess (another process)"),
        ("import socket", "imports socket (the network)"),
        ("import ctypes", "imports ctypes (memory and the C library)"),
        ("import torch, gc", "imports gc (the interpreter's internals)"),
        (
            "from checkkit.spies.losses import TimeLossSpy",
            "imports checkkit.spies.losses (the checks)",
        ),
        ("import tests.test_unet", "imports tests.test_unet (the checks)"),
        ("x = print.__self__.exec('1')", "uses the interpreter's internals: __self__"),
        ("x = f.exec('1')", "calls exec of an object"),
        ("x = f().__import__('gc')", "uses the interpreter's internals: __import__"),
        ("x = __builtins__['exec']", "uses the interpreter's internals: __builtins__"),
        ("import torch\ntorch.os.system('ls')", "uses torch.os, a module that no task needs"),
        ("import random as r\nr._os.fork()", "uses random._os, a module that no task needs"),
        ("x = f().os", "uses os, a module that no task needs"),
        ("x = getattr(torch, 'os')", "uses torch.os, a module that no task needs"),
        ("from torch import sys, nn", "takes sys from torch"),
        ("from .train import os", "takes os from .train"),
        ("from sys import modules", "takes modules from sys"),
        ("import sys as s\nx = s.modules", "uses sys.modules"),
        ("x = torch.sys.modules", "uses sys.modules"),
        (
            "import torch.utils.cpp_extension as c",
            "imports torch.utils.cpp_extension (memory and the C library)",
        ),
        ("import torch as t\nt.equal = f", "overwrites torch.equal"),
        (
            "import torch as t\nu = t.nn\nu.functional.relu, x = f",
            "overwrites torch.nn.functional.relu",
        ),
        ("import torch as t\nsetattr(t, 'equal', f)", "overwrites an attribute of torch"),
        ("import torch as t\nt.__dict__['equal'] = f", "uses torch.__dict__"),
        ("import torch as t\nvars(t)['equal'] = f", "uses vars(torch)"),
        ("x = 'check' + 'kit.spies.edm'", "mentions checkkit"),
        ("import runpy", "imports runpy (the interpreter's internals)"),
        ("import base64", "imports base64 (packed data)"),
        ("x = eval('1')", "uses eval"),
        ("f = exec", "uses exec"),
        ("x = f.__globals__", "uses the interpreter's internals: __globals__"),
        ("x = sys._getframe(2)", "uses the interpreter's internals: _getframe"),
        ("x = getattr(f, '__code__')", "names __code__"),
        ("x = os.environ['HOME']", "reads the environment: environ"),
        ("x = 'checkkit' in sys.modules", "uses sys.modules"),
        ("torch.allclose = lambda *a: True", "overwrites torch.allclose"),
        ("setattr(np, 'abs', f)", "overwrites an attribute of numpy"),
        (
            "class A:\n  def __eq__(self, other): return True",
            "defines __eq__, so an object can claim to be something else",
        ),
        ("def f(unet): return unet.images[0]", "uses unet.images, which no task needs"),
        ("def f(net, x): return net.rows.clear()", "uses net.rows, which no task needs"),
        ("def f(x, *, model): return model.__dict__", "uses model.__dict__, which no task needs"),
        (
            "def f(unet):\n  def g():\n    return hasattr(unet, 'images')",
            "asks the net for attributes: hasattr(unet, ...)",
        ),
        ("def f(net, k): return getattr(net, k)", "asks the net for attributes: getattr(net, ...)"),
        ("def f(unet): return vars(unet)", "asks the net for attributes: vars(unet, ...)"),
        ("x = open('weights')", "opens a file"),
        ("x = Path('w').read_bytes()", "uses files: read_bytes"),
        ("x = '/autograder/results/results.json'", "mentions /autograder"),
        ("x = 'http://192.0.2.1'", "mentions http://"),
        (f"x = '{'QUJD' * 200}'", "holds 800 characters of packed data"),
        (f"x = {b'abc' * 900!r}", "holds 2,700 bytes of data"),
        (f"x = {list(range(400))}", "holds 400 values in a literal"),
        (f"x = 1  # {'-' * 2000}", "has a line of 2,009 characters"),
    ],
)
def test_what_is_unusual_is_named(source, words):
    assert words in [words for *_, words in look_at(source.encode())]


@pytest.mark.parametrize(
    "source",
    [
        '"""See https://example.org, and /tmp."""\nimport math\nfrom pathlib import Path\n',
        "def f(x):\n    '''Mentions eval and results.json.'''\n    return x\n",
        "torch.backends.cudnn.benchmark = True\nself.sys = 1\nmodel.eval()\n",
        "def f(unet):\n  unet.eval()\n  return next(unet.parameters()).device\n",
        "def f(net, x):\n  return net(x, getattr(net, 'num_classes', 10)) if net.training else x\n",
        "def f(model, x):\n  return model.eps(x, 3) * model.alpha_bars[3]\n",
        "def f(net): net.start = 1\n\ndef g(net, x): return net.start * x\n",
        "import torch.nn.functional as F\nfrom scipy import signal\nx = F.relu(y.code)\n",
        "import sys\nsys.path.append('x')\nmodules = [*net.modules()]\n",
        "from . import unet\nnet = unet.build()\nnet.append(unet.last)\n",
    ],
)
def test_what_is_usual_is_not(source):
    assert look_at(source.encode()) == []


def test_files_may_be_used_where_training_runs_are_kept():
    source = b"torch.save(x, 'checkpoint.pt')\nopen('x')\n"
    assert look_at(source, keeps_files=True) == []
    assert len(look_at(source)) == 2


def test_no_right_solution_is_suspicious(tmp_path, isolation):
    files = named(solution_files())
    for variant in load_entries().variants:
        package = write_package(variant, tmp_path / variant.name) / PACKAGE
        for path in package.glob("*.py"):
            if path.read_text() != solution_files().get(path.name):
                files[f"{PACKAGE}/{variant.name}/{path.name}"] = path.read_bytes()
    assert len(files) > 40
    names = sorted(files)
    for start in range(0, len(names), 20):  # fewer tokens than a submission may have
        some = {name: files[name] for name in names[start : start + 20]}
        assert suspicions(some, isolation) == ()


def test_lines_of_the_starter_are_the_courses_own(isolation):
    given = committed_starter()[f"{PACKAGE}/train.py"]
    assert suspicions({f"{PACKAGE}/train.py": given}, isolation) == ()
    assert suspicions({f"{PACKAGE}/other.py": b"import os\n"}, isolation) == (
        "other.py:1: imports os (another process)",
    )


class Counted(bytes):
    """A file that counts how often it is split into lines."""

    splits = 0

    def splitlines(self, *how):
        Counted.splits += 1
        return super().splitlines(*how)


def test_a_file_is_split_once_however_much_is_found_in_it(isolation):
    source = Counted(b"import os\n" * 200)
    assert suspicions({f"{PACKAGE}/a.py": source}, isolation)[-1] == "a.py: and 188 more"
    assert Counted.splits == 1


def test_a_syntax_error_is_named_also_in_a_line_of_the_starter(isolation):
    source = b"def own():\n" + committed_starter()[f"{PACKAGE}/ddpm.py"]
    (line,) = suspicions({f"{PACKAGE}/ddpm.py": source}, isolation)
    assert line.startswith("ddpm.py:2: cannot be parsed: expected an indented block")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            b"x = " + b"-" * 200_000 + b"1",
            "gives up|ended by SIG|cannot be parsed",
        ),
        (b"x = " + b"(" * 5000, "gives up|cannot be parsed"),
        (
            b"x" + b".a" * 200_000,
            "gives up|ended by SIG|cannot be parsed",
        ),
        (b"\xff\xfe\0x", "cannot be parsed"),
        (b"def f(:", "cannot be parsed: invalid syntax"),
        (b"return 1", "cannot be parsed: 'return' outside function"),
    ],
)
def test_source_that_breaks_its_reader_is_a_suspicion_and_hides_no_other(isolation, source, words):
    start = time.monotonic()
    files = {f"{PACKAGE}/a.py": source, f"{PACKAGE}/b.py": b"import os\n"}
    first, *rest = suspicions(files, isolation)
    assert time.monotonic() - start < 40
    assert first.startswith("a.py:1: ")
    assert any(word in " ".join([first, *rest]) for word in words.split("|"))
    assert rest[-1] == "b.py:1: imports os (another process)"


def test_what_it_says_is_harmless_and_short(isolation):
    source = "".join(f"import os.x{n}\n" for n in range(100)) + "x = '/tmp/\x1b[2J\u202e'\n"
    lines = suspicions({f"{PACKAGE}/a.py": source.encode()}, isolation)
    assert len(lines) == 13
    assert lines[-1] == "a.py: and 89 more"


def test_harmless_entries_hide_no_grave_one(isolation):
    decoys = "".join(f"import os.x{n}\nx = f.__code__\n" for n in range(30))
    files = {f"{PACKAGE}/{name}.py": decoys.encode() for name in "abcdefgh"}
    grave = f"{decoys}torch.equal = f\n"
    lines = suspicions({**files, f"{PACKAGE}/z.py": grave.encode()}, isolation)
    assert "z.py:61: overwrites torch.equal" in lines[:18]
    assert lines[-1] == "the submission: and 57 more"


def test_a_line_of_the_starter_hides_nothing_else_that_stands_there(isolation):
    source = b'f(\n"""\nresults.json""")\n'  # its second line is one of the starter's
    assert suspicions({f"{PACKAGE}/ddpm.py": source}, isolation) == (
        "ddpm.py:2: mentions results.json",
    )
