"""Where Python and its packages lie: what a worker must be able to read, and nothing more."""

import importlib.util
import sys
from functools import cache
from pathlib import Path

NEEDED = ("torch", "numpy")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
ETC = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
REPOSITORY = Path(__file__).resolve().parents[2]


@cache
def package_paths() -> tuple[Path, ...]:
    """The folders from which torch and NumPy are imported here: site-packages, usually just one."""
    found = []
    for name in NEEDED:
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(f"{name} is not installed", name=name)
        found.append(Path(spec.submodule_search_locations[0]).parent)
    return tuple(dict.fromkeys(found))


@cache
def readable_paths() -> tuple[Path, ...]:
    """System folders, both prefixes of the interpreter and the folders of its packages."""
    paths = [Path(path) for path in (*SYSTEM, *ETC)]
    paths += [Path(sys.base_prefix), Path(sys.prefix), *package_paths()]
    return tuple(dict.fromkeys(path for path in paths if path.exists()))
