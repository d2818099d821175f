"""Rules: what is unusual in a solution of this course, by its syntax tree.

A solution imports torch, perhaps NumPy and a few modules of the standard library, and computes.
Everything here has honest uses, but no task needs it. What can reach the checks or the machine
weighs most and comes first.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from .aliases import LIBRARIES, aliases_of, dotted
from .alike import OTHERWISE, otherwise

GRAVE, ODD, SLIGHT = range(3)  # the weights of entries
Entry = tuple[int, int, str]  # weight, line, words
Words = Iterator[tuple[int, str]]  # weight and words

MODULES = {
    "another process": "os subprocess multiprocessing pty shutil signal resource",
    "the network": "socket ssl http urllib requests ftplib smtplib asyncio aiohttp",
    "memory and the C library": "ctypes cffi mmap cpp_extension ctypeslib f2py",
    "the interpreter's internals": "gc inspect builtins atexit faulthandler site importlib code dis"
    " marshal traceback tracemalloc runpy pkgutil zipimport",
    "packed data": "base64 binascii zlib lzma bz2 pickle zipfile tarfile",
    "the checks": "checkkit tests sandbox source_review autograder pytest _pytest unittest",
}
IMPORTS = {name: why for why, names in MODULES.items() for name in names.split()}
OFTEN = {"another process", "the network", "packed data"}  # what honest code imports, too
# Torch, NumPy and others have modules of these names: only those of Python are meant.
SHARED = {"signal", "resource", "code", "site", "tests", "dis", "traceback", "multiprocessing"}
LENT = {"sys", *IMPORTS} - SHARED  # modules that a library has imported for itself
NEVER_OWN = {"os", "sys", "subprocess", "builtins"}  # of any object
SYSTEM = {"modules", "meta_path", "path_hooks"}
CALLS = {"eval", "exec", "compile", "__import__", "globals", "breakpoint"}
FRAMES = {
    *(
        "f_back",
        "f_locals",
        "f_globals",
        "f_builtins",
        "f_code",
        "tb_frame",
        "gi_frame",
        "cr_frame",
    ),
    *("_getframe", "_current_frames", "settrace", "setprofile", "currentframe", "get_objects"),
    *("__globals__", "__code__", "__closure__", "__subclasses__", "__builtins__", "__bases__"),
    *("__mro__", "__getattribute__", "__loader__", "__reduce__", "__reduce_ex__"),
    *("__self__", "__import__", "__spec__"),
}
ENVIRONMENT = {"environ", "getenv", "putenv"}
FILES = {
    *("read_text", "read_bytes", "write_text", "write_bytes", "unlink", "rglob", "iterdir"),
    *("fromfile", "tofile", "memmap", "save", "load", "savez", "load_state_dict_from_url"),
}
# What a function may use of a net that it gets: that of a check records what the function does.
NETS = {"unet", "net", "model"}
OF_NETS = {
    *("parameters", "named_parameters", "buffers", "named_buffers", "modules", "named_modules"),
    *("children", "named_children", "state_dict", "load_state_dict", "zero_grad", "apply"),
    *("train", "eval", "training", "forward", "requires_grad_", "num_classes", "modulated"),
    *("to", "cpu", "cuda", "float", "double", "half", "bfloat16", "type", "compile"),
    *("register_forward_hook", "device", "dtype"),
    *("eps", "variance", "alpha_bars", "num_ts", "image_shape", "value_range"),  # pretrained
}
ASKS = {"getattr", "hasattr", "setattr", "delattr", "vars", "dir"}
LIES = {"__eq__", "__torch_function__", "__torch_dispatch__", "__array_ufunc__"}
LIES |= {"__array_function__", "__instancecheck__"}
SWITCHES = ("torch.backends.", "sys.path")
OURS = re.compile(
    r"results\.json|grading\.yaml|grades\.csv|grader|sandbox|/proc/|/etc/|/dev/|/tmp\b|/autograder"
    r"|/submission|/payload|checkkit|PYTEST|pytest|conftest|<probe>|https?://|169\.254"
)
PACKED = re.compile(r"[A-Za-z0-9+/=_\-\\\s]{400,}\Z")
LONG_TEXT, MANY_NUMBERS, LONG_LINE = 4000, 300, 2000


def look_at(source: bytes, keeps_files: bool = False) -> list[Entry]:
    """Everything unusual, the gravest first; among equals, what is not said yet comes first.

    With `keeps_files`, reading and writing files is allowed. Raises what the parser raises.
    """
    tree = ast.parse(source)
    entries = [
        (SLIGHT, number, f"has a line of {len(line):,} characters")
        for number, line in enumerate(source.splitlines(), 1)
        if len(line) > LONG_LINE
    ]
    if line := otherwise(source, tree):
        entries.append((GRAVE, line, OTHERWISE))
    documentation, own, aliases = _documentation(tree), _of_own_nets(tree), aliases_of(tree)
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        found = [*_unusual(node, documentation), *_of_libraries(node, aliases)]
        found += [] if keeps_files else _files(node)
        entries += [(weight, line, words) for weight, words in found]
        if isinstance(node, ast.FunctionDef):
            entries += _of_nets(node, own)
    return _new_ones_first(sorted(set(entries)))


def _new_ones_first(entries: list[Entry]) -> list[Entry]:
    seen: Counter[str] = Counter()
    ranked = []
    for entry in entries:
        seen[entry[2]] += 1
        ranked.append((entry[0], seen[entry[2]], entry))
    return [entry for *_, entry in sorted(ranked)]


def _unusual(node: ast.AST, documentation: set[int]) -> Words:
    match node:
        case ast.Import(names=names):
            yield from (found for alias in names for found in _import(alias.name))
        case ast.ImportFrom(module=str(module), level=0) if any(_import(module)):
            yield from _import(module)
        case ast.ImportFrom(names=names, module=module, level=level):
            origin = "." * level + (module or "")
            for name in (alias.name for alias in names):
                if _lent(name) or (origin == "sys" and name in SYSTEM):
                    yield GRAVE, f"takes {name} from {origin}"
        case ast.Name(id=name) if name in CALLS:
            yield GRAVE, f"uses {name}"
        case (
            ast.Call(func=ast.Attribute(attr="exec" as name))
            | ast.Call(func=ast.Attribute(attr="eval" as name), args=[_, *_])
        ):
            yield GRAVE, f"calls {name} of an object"
        case ast.Name(id=name) if name in FRAMES and name.startswith("__"):
            yield GRAVE, f"uses the interpreter's internals: {name}"
        case ast.Attribute(attr=name) if name in FRAMES:
            yield GRAVE, f"uses the interpreter's internals: {name}"
        case ast.Attribute(attr=name) if name in ENVIRONMENT:
            yield ODD, f"reads the environment: {name}"
        case ast.FunctionDef(name=name) if name in LIES:
            yield GRAVE, f"defines {name}, so an object can claim to be something else"
        case ast.Constant(value=str(text)) if id(node) not in documentation:
            yield from _text(text)
        case ast.BinOp(op=ast.Add(), left=ast.Constant(value=str(a))):
            if isinstance(node.right, ast.Constant) and isinstance(node.right.value, str):
                yield from _text(a + node.right.value)
        case ast.Constant(value=bytes(data)) if len(data) > LONG_TEXT // 4:
            yield SLIGHT, f"holds {len(data):,} bytes of data"
        case ast.List(elts=elements) | ast.Tuple(elts=elements) if len(elements) > MANY_NUMBERS:
            yield SLIGHT, f"holds {len(elements):,} values in a literal"


def _of_libraries(node: ast.AST, aliases: dict[str, str]) -> Words:
    """What is done with a library under any name, and with modules that it lends."""
    match node:
        case (
            ast.Attribute(ctx=ast.Load(), attr=name)
            | ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_])
        ) if name in SYSTEM or _lent(name):
            whole = dotted(node, aliases)
            if name in SYSTEM and whole.endswith(f"sys.{name}"):
                yield GRAVE, f"uses sys.{name}"
            elif _lent(name) and (whole or name in NEVER_OWN):
                yield GRAVE, f"uses {whole or name}, a module that no task needs"
        case ast.Attribute(attr="__dict__") if _library(node, aliases):
            yield GRAVE, f"uses {dotted(node, aliases)}"
        case ast.Call(func=ast.Name(id="vars"), args=[of]) if _library(of, aliases):
            yield GRAVE, f"uses vars({dotted(of, aliases)})"
        case ast.Attribute(ctx=ast.Store() | ast.Del()) if name := _library(node, aliases):
            if not name.startswith(SWITCHES):
                yield GRAVE, f"overwrites {name}"
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[of, *_]) if name := _library(
            of, aliases
        ):
            yield GRAVE, f"overwrites an attribute of {name}"


def _lent(name: str) -> bool:
    return name.removeprefix("_") in LENT


def _library(node: ast.expr, aliases: dict[str, str]) -> str:
    """The dotted name of a library, or of what is in it; else an empty text."""
    name = dotted(node, aliases)
    return name if name.partition(".")[0] in LIBRARIES else ""


def _of_own_nets(tree: ast.Module) -> set[str]:
    """The attributes that this file gives to objects: functions may use them in nets of its own."""
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {node.attr for node in attributes if isinstance(node.ctx, ast.Store)}


def _of_nets(function: ast.FunctionDef, own: set[str]) -> Iterator[Entry]:
    """What a function asks of the nets that it gets, beyond calling them and their weights."""
    args = function.args
    given = {arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)} & NETS
    for node in ast.walk(function) if given else ():
        match node:
            case ast.Attribute(value=ast.Name(id=net), attr=name) if (
                net in given and name not in OF_NETS | own
            ):
                yield GRAVE, node.lineno, f"uses {net}.{name}, which no task needs"
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=net), *rest]) if (
                name in ASKS and net in given and not _is_usual(rest)
            ):
                yield GRAVE, node.lineno, f"asks the net for attributes: {name}({net}, ...)"


def _is_usual(names: list[ast.expr]) -> bool:
    match names:
        case [ast.Constant(value=str(name)), *_]:
            return name in OF_NETS
    return False


def _files(node: ast.AST) -> Words:
    match node:
        case ast.Call(func=ast.Name(id="open")):
            yield ODD, "opens a file"
        case ast.Call(func=ast.Attribute(attr=name)) if name in FILES:
            yield ODD, f"uses files: {name}"


def _import(module: str) -> Words:
    first, *rest = module.split(".")
    for part in (first, *(name for name in rest if _lent(name))):
        if why := IMPORTS.get(part):
            yield ODD if why in OFTEN else GRAVE, f"imports {module} ({why})"
            return


def _text(text: str) -> Words:
    if PACKED.match(text):
        yield ODD, f"holds {len(text):,} characters of packed data"
    elif len(text) > LONG_TEXT:
        yield SLIGHT, f"holds a text of {len(text):,} characters"
    elif match := OURS.search(text):
        yield GRAVE, f"mentions {match[0]}"
    elif text in FRAMES:
        yield GRAVE, f"names {text}"


def _documentation(tree: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings."""
    places = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = [node.body[0] for node in ast.walk(tree) if isinstance(node, places) and node.body]
    return {id(statement.value) for statement in first if isinstance(statement, ast.Expr)}
