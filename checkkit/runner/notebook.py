"""The runner for notebooks: `diffusion` consists of what the cells define."""

import importlib
import linecache
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, ModuleType

from .. import CHECKS
from ..text import one_line
from .local import LocalRunner
from .missing import Stubs
from .names import Names, with_course_names

KIT = Path(__file__).resolve().parents[1]
INSTALLED = {"site-packages", "dist-packages"}
FIRST_LINE = 50  # characters


class NotebookModule(ModuleType):
    """A module such as `diffusion.ddpm`: from the cells, and from its file what no cell defines."""

    def __init__(self, name: str, package: "NotebookPackage"):
        super().__init__(f"diffusion.{name}")
        self._file = importlib.import_module(f"diffusion.{name}")
        self._package = package

    def __getattr__(self, name: str) -> object:
        package = self._package
        known = hasattr(self._file, name) or name in package.names.values()
        if known and name in package.namespace:
            return package.namespace[name]
        own = getattr(self._file, name)
        if getattr(own, "__module__", "") == self.__name__:
            package.from_files.add(name)
        return own


class NotebookPackage:
    """The package `diffusion`, made of a namespace.

    `names` are those of the course; `from_files` collects the used names that no cell defines.
    """

    def __init__(self, namespace: Mapping[str, object], names: Names):
        self.namespace, self.names = namespace, names
        self.from_files: set[str] = set()

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return with_course_names(NotebookModule(name, self), name, self.names)


class NotebookRunner(LocalRunner):
    """Runs probes on a notebook's namespace."""

    def __init__(self, package: NotebookPackage, stubs: Stubs | None = None):
        self.package, self.names, self.stubs = package, package.names, stubs or {}

    def _own(self, frame: FrameType) -> str:
        """The cell of a frame by its first line, or a file of the student's folder."""
        path = Path(frame.f_code.co_filename)
        if frame.f_globals is self.package.namespace:
            lines = (line.strip() for line in linecache.getlines(str(path)))
            first = one_line(next(filter(None, lines), ""), FIRST_LINE)
            return f'your cell "{first}"' if first else "your cell"
        if {KIT, CHECKS} & set(path.parents) or not path.is_relative_to(CHECKS.parent):
            return ""
        return "" if INSTALLED & set(path.parts) else path.relative_to(CHECKS.parent).as_posix()
