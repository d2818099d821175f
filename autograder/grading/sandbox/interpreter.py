"""Where Python and its packages lie: what a worker must be able to read, and nothing more."""

import importlib.util
import os
import shutil
import sys
import sysconfig
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

NEEDED = ("torch", "numpy")
# Not all of /usr: /usr/src is a favourite place for a checkout in a container.
USR = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "local", "share")
SYSTEM = (*(f"/usr/{name}" for name in USR), "/bin", "/sbin", "/lib", "/lib32", "/lib64")
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts")

CACHE = Path("/var/cache/autograder")
UNNEEDED = ("site-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip")


@dataclass(frozen=True)
class Interpreter:
    """A Python: its program, its base prefix, what its environment must say."""

    executable: Path
    prefix: Path
    env: dict[str, str] = field(default_factory=dict)


@cache
def package_paths() -> tuple[Path, ...]:
    """The folders from which torch and NumPy are imported here: site-packages, usually just one."""
    folders = []
    for name in NEEDED:
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(f"{name} is not installed", name=name)
        folders.append(Path(spec.submodule_search_locations[0]).parent)
    return tuple(dict.fromkeys(folders))


@cache
def readable_paths() -> tuple[Path, ...]:
    """System folders, both prefixes of the interpreter and the folders of its packages."""
    paths = [Path(path) for path in SYSTEM]
    paths += [Path("/etc", name) for name in ETC]
    paths += [Path(sys.base_prefix), Path(sys.prefix), *package_paths()]
    return tuple(dict.fromkeys(path for path in paths if path.exists()))


def library_path() -> dict[str, str]:
    """The environment without which this Python would not find its own libpython, if it needs one.

    Of the folders in LD_LIBRARY_PATH, workers get that of this Python alone.
    """
    library = str(Path(sys.base_prefix) / "lib")
    named = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    return {"LD_LIBRARY_PATH": library} if library in named else {}


def open_to_all(path: Path) -> bool:
    """Whether any uid can enter and list this folder, by the modes of all folders above it."""
    path = path.resolve()
    above = all(parent.stat().st_mode & 0o001 for parent in path.parents)
    return above and path.stat().st_mode & 0o005 == 0o005


@cache
def reachable_interpreter() -> Interpreter:
    """This Python, or a copy of it where other uids cannot reach it (below a closed home folder).

    Without the copy, the Python of a virtual environment would silently run on /usr's libraries.
    """
    base = Path(sys.base_prefix)
    if open_to_all(base) and open_to_all(Path(sys.prefix)):
        return Interpreter(Path(sys.executable), base)
    library = Path(sysconfig.get_path("stdlib"))
    program = Path(sys.executable).resolve()
    stamp = f"{library.name}-{library.stat().st_mtime_ns:x}-{program.stat().st_size:x}"
    copy = CACHE / f"interpreter-{stamp}"
    if not copy.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        CACHE.chmod(0o755)
        _copy(base, library, program, copy)
    env = {"LD_LIBRARY_PATH": str(copy / "lib")}
    return Interpreter(copy / "bin" / program.name, copy, env)


def _copy(base: Path, library: Path, program: Path, target: Path) -> None:
    # Under another name first, so that a copy that was interrupted is never taken for one.
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=CACHE))
    (draft / "bin").mkdir()
    shutil.copy2(program, draft / "bin" / program.name)
    ignored = shutil.ignore_patterns(*UNNEEDED, "config-*")
    shutil.copytree(library, draft / library.relative_to(base), symlinks=True, ignore=ignored)
    for shared in (base / "lib").glob("libpython*"):
        shutil.copy2(shared, draft / "lib" / shared.name, follow_symlinks=False)
    draft.chmod(0o755)
    try:
        draft.rename(target)
    except OSError:  # another judge was faster
        shutil.rmtree(draft)
