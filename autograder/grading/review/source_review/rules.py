"""Rules: what is unusual in a solution of this course, by its syntax tree.

A solution imports torch, perhaps NumPy and a few modules of the standard library, and computes.
Everything here has honest uses, but no task needs it.
"""

import ast
import re
from collections.abc import Iterator

MODULES = {
    "another process": "os subprocess multiprocessing pty shutil signal resource",
    "the network": "socket ssl http urllib requests ftplib smtplib asyncio aiohttp",
    "memory and the C library": "ctypes cffi mmap",
    "the interpreter's internals": "gc inspect builtins atexit faulthandler site importlib code dis"
    " marshal traceback tracemalloc runpy pkgutil zipimport",
    "packed data": "base64 binascii zlib lzma bz2 pickle zipfile tarfile",
    "the checks": "checkkit tests sandbox source_review autograder pytest _pytest unittest",
}
IMPORTS = {name: why for why, names in MODULES.items() for name in names.split()}
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
}
ASKS = {"getattr", "hasattr", "setattr", "delattr", "vars", "dir"}
LIES = {"__eq__", "__torch_function__", "__torch_dispatch__", "__array_ufunc__"}
LIES |= {"__array_function__", "__instancecheck__"}
LIBRARIES = {"torch", "numpy", "builtins", "sys", "math", "random"}
SWITCHES = ("torch.backends.", "sys.path")
OURS = re.compile(
    r"results\.json|grading\.yaml|grades\.csv|grader|sandbox|/proc/|/etc/|/dev/|/tmp\b|/autograder"
    r"|/submission|/payload|PYTEST|pytest|conftest|<probe>|https?://|169\.254"
)
PACKED = re.compile(r"[A-Za-z0-9+/=_\-\\\s]{400,}\Z")
LONG_TEXT, MANY_NUMBERS, LONG_LINE = 4000, 300, 2000


def look_at(source: bytes, keeps_files: bool = False) -> list[tuple[int, str]]:
    """Line number and words for everything unusual. Raises what the parser raises.

    With `keeps_files`, reading and writing files is allowed.
    """
    entries = [
        (number, f"has a line of {len(line):,} characters")
        for number, line in enumerate(source.splitlines(), 1)
        if len(line) > LONG_LINE
    ]
    tree = ast.parse(source)
    documentation, own = _documentation(tree), _of_own_nets(tree)
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        entries += [(line, words) for words in _unusual(node, documentation)]
        if isinstance(node, ast.FunctionDef):
            entries += _of_nets(node, own)
        entries += [] if keeps_files else [(line, words) for words in _files(node)]
    return sorted(set(entries))


def _unusual(node: ast.AST, documentation: set[int]) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (_import(alias.name) for alias in names if _import(alias.name))
        case ast.ImportFrom(module=str(module), level=0) if _import(module):
            yield _import(module)
        case ast.Name(id=name) if name in CALLS:
            yield f"uses {name}"
        case ast.Attribute(attr=name) if name in FRAMES:
            yield f"uses the interpreter's internals: {name}"
        case ast.Attribute(attr=name) if name in ENVIRONMENT:
            yield f"reads the environment: {name}"
        case ast.Attribute(value=ast.Name(id="sys"), attr="modules" | "meta_path" | "path_hooks"):
            yield f"uses sys.{node.attr}"
        case ast.Assign(targets=targets):
            yield from filter(None, map(_overwritten, targets))
        case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=name), *_]) if (
            name in LIBRARIES | {"np"}
        ):
            yield f"overwrites an attribute of {name}"
        case ast.FunctionDef(name=name) if name in LIES:
            yield f"defines {name}, so an object can claim to be something else"
        case ast.Constant(value=str(text)) if id(node) not in documentation:
            yield from _text(text)
        case ast.Constant(value=bytes(data)) if len(data) > LONG_TEXT // 4:
            yield f"holds {len(data):,} bytes of data"
        case ast.List(elts=elements) | ast.Tuple(elts=elements) if len(elements) > MANY_NUMBERS:
            yield f"holds {len(elements):,} values in a literal"


def _of_own_nets(tree: ast.Module) -> set[str]:
    """The attributes that this file gives to objects: functions may use them in nets of its own."""
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {node.attr for node in attributes if isinstance(node.ctx, ast.Store)}


def _of_nets(function: ast.FunctionDef, own: set[str]) -> Iterator[tuple[int, str]]:
    """What a function asks of the nets that it gets, beyond calling them and their weights."""
    args = function.args
    given = {arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)} & NETS
    for node in ast.walk(function) if given else ():
        match node:
            case ast.Attribute(value=ast.Name(id=net), attr=name) if (
                net in given and name not in OF_NETS | own
            ):
                yield node.lineno, f"uses {net}.{name}, which no task needs"
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=net), *rest]) if (
                name in ASKS and net in given and not _is_usual(rest)
            ):
                yield node.lineno, f"asks the net for attributes: {name}({net}, ...)"


def _is_usual(names: list[ast.expr]) -> bool:
    match names:
        case [ast.Constant(value=str(name)), *_]:
            return name in OF_NETS
    return False


def _files(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="open")):
            yield "opens a file"
        case ast.Call(func=ast.Attribute(attr=name)) if name in FILES:
            yield f"uses files: {name}"


def _import(module: str) -> str:
    why = IMPORTS.get(module.partition(".")[0])
    return f"imports {module} ({why})" if why else ""


def _overwritten(target: ast.expr) -> str:
    name = ast.unparse(target) if isinstance(target, ast.Attribute) else ""
    root = name.partition(".")[0]
    if root not in LIBRARIES | {"np"} or name.startswith(SWITCHES):
        return ""
    return f"overwrites {name}"


def _text(text: str) -> Iterator[str]:
    if PACKED.match(text):
        yield f"holds {len(text):,} characters of packed data"
    elif len(text) > LONG_TEXT:
        yield f"holds a text of {len(text):,} characters"
    elif match := OURS.search(text):
        yield f"mentions {match[0]}"
    elif text in FRAMES:
        yield f"names {text}"


def _documentation(tree: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings."""
    places = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = [node.body[0] for node in ast.walk(tree) if isinstance(node, places) and node.body]
    return {id(statement.value) for statement in first if isinstance(statement, ast.Expr)}
