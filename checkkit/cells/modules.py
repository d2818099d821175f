"""One module of the package: its definitions, and from elsewhere only what they need.

A notebook has one namespace, a package has one for each module. What a definition needs when it
runs, such as a base class or a default value, is the last one before it; what its functions need
when they are called is the last of all; of a name of the contract it is the one that counts. What
only a running notebook has is named to the student: results of the assignment's functions, loops.
"""

import builtins
from collections.abc import Iterator

from .notebook import Notebook
from .units import Unit

ALWAYS = frozenset(dir(builtins)) | {"__file__", "__name__"}
FOR_NOTEBOOKS = ("display", "get_ipython", "check")  # there in every notebook, nowhere else
LISTED = 8


class Module:
    """A module to be: `lines` follow those of the starter's, `places` say of which cells they are.

    `taken` are the statements in it. `imports` say which modules import which; what this one
    imports is added.
    """

    def __init__(self, name: str, notebook: Notebook, imports: dict[str, set[str]]):
        self.name, self._notebook, self._imports = name, notebook, imports
        self._own = notebook.contract[name]
        self._done: dict[Unit, bool] = {}
        self.taken: list[Unit] = []
        self._needs: dict[Unit, list[Unit]] = {}  # what has to run before a unit
        self._before: dict[str, None] = {}  # lines, each once
        self._behind: dict[str, None] = {}
        self._unmet: dict[str, None] = {}
        for one in self._own["stubs"]:
            self._take_what_counts(one)
        self._take_what_functions_need()
        self.lines: list[str] = []
        self.places: list[list] = []
        self._write()

    def unmet(self) -> Iterator[str]:
        """What to say of names that nothing brings."""
        if names := list(self._unmet):
            listed = ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
            exist, them = ("exists", "it") if len(names) == 1 else ("exist", "them")
            yield (
                f"{self.name}.py uses {listed}, which {exist} only in a running notebook; define"
                f" {them} in a function, or as a constant"
            )

    # ---------------------------------------------------------------------------- what is taken

    def _take_what_counts(self, name: str) -> None:
        """The definition of a name of the contract, or what raises in its place."""
        unit = self._notebook.chosen.get(name)
        if unit is None:
            if name in self._notebook.broken:
                self._stand_in(name)
        elif not self._take(unit):
            lost = [one for one in sorted(unit.now) if not self._find(one, unit)]
            self._raise(name, "def", "NameError", f"{name} needs {', '.join(lost)}")
            self._unmet |= dict.fromkeys(lost)

    def _take_what_functions_need(self) -> None:
        """Whatever is called later, and what changes that; more is taken meanwhile."""
        seen = 0
        while seen < len(self.taken):
            for name in sorted(self.taken[seen].later):
                if not self._find(name):
                    self._unmet[name] = None
            seen += 1
            if seen == len(self.taken):
                self._take_changes()

    def _take_changes(self) -> None:
        """`UNet.forward = forward` and `TABLE[0] = 1` belong to what they change."""
        first: dict[str, int] = {}
        for unit in self.taken:
            for name in unit.binds if unit.kind != "import" else ():
                first[name] = min(first.get(name, unit.position), unit.position)
        for unit in self._notebook.units:
            changed = [
                name for name in unit.changes if first.get(name, unit.position) < unit.position
            ]
            if changed and unit not in self._done and not self._notebook.runs_the_assignment(unit):
                self._take(unit)

    def _take(self, unit: Unit) -> bool:
        """Take a unit and what it needs when it runs; whether all of that is there."""
        if unit not in self._done:
            self._done[unit] = True
            self._done[unit] = all(self._find(name, unit) for name in sorted(unit.now))
            if self._done[unit]:
                self.taken.append(unit)
        return self._done[unit]

    def _need(self, unit: Unit, user: Unit | None) -> bool:
        if user is not None:
            self._needs.setdefault(user, []).append(unit)
        return self._take(unit)

    # ---------------------------------------------------------------------- where a name is from

    def _find(self, name: str, user: Unit | None = None) -> bool:
        """Take what brings a name to a unit that runs, or else to functions that are called."""
        book = self._notebook
        if name in book.home:
            return self._find_of_contract(name, user)
        if unit := self._binding(name, user):
            return self._need(unit, user)
        if name in self._own["given"] or name in ALWAYS or (user and name in user.binds):
            return True
        if imported := book.last(name, package=True):
            return self._find_in_package(name, imported, user)
        if name in FOR_NOTEBOOKS:
            self._before[f"def {name}(*things, **options): pass"] = None
            return True
        if self._find_given(name):
            return True
        if name in book.broken:
            self._stand_in(name)
            return True
        stars = [unit for unit in book.binding.get("*", ()) if unit.package is None]
        return bool(stars) and all(self._need(unit, user) for unit in stars)

    def _find_of_contract(self, name: str, user: Unit | None) -> bool:
        book = self._notebook
        home, chosen = book.home[name], book.chosen.get(name)
        if user and chosen and (user is chosen or book.depends(chosen, user.binds)):
            before = [unit for unit in book.candidates(name) if unit.position < user.position]
            return not before or self._need(before[-1], user)
        if home == self.name:
            return chosen is None or self._need(chosen, user)
        if name in self._own["given"]:
            return True
        if self._may_import(home):
            self._before[f"from .{home} import {name}"] = None
            return True
        return chosen is not None and self._need(chosen, user)

    def _find_in_package(self, name: str, unit: Unit, user: Unit | None) -> bool:
        """`from diffusion.ddpm import noised as mix`; or a module, for functions alone."""
        there = (unit.package or {}).get(name, "")
        if there == name:  # of a file that was not handed in, or given
            return self._find_given(name)
        if there:
            again = Unit(unit.cell, unit.line, f"{name} = {there}", "value", position=unit.position)
            again.now = frozenset({there})
            return self._need(again, user)
        self._behind[unit.text.strip()] = None
        return user is None

    def _find_given(self, name: str) -> bool:
        for module, own in self._notebook.contract.items():
            if name in own["functions"] and self._may_import(module):
                self._before[f"from .{module} import {name}"] = None
                return True
        return False

    def _binding(self, name: str, user: Unit | None) -> Unit | None:
        """The last one before the user, else the last of all, of those that a module can hold."""
        units = [
            unit
            for unit in self._notebook.binding.get(name, ())
            if unit is not user and unit.package is None and self._notebook.can_hold(unit)
        ]
        if name in self._own["given"]:  # an import or plain value again is that of the starter
            units = [unit for unit in units if unit.kind in ("def", "class") or unit.calls]
        if user is not None:
            before = [unit for unit in units if unit.position < user.position]
            units = before if name in user.binds else before or units
        return units[-1] if units else None

    def _may_import(self, module: str) -> bool:
        """Whether that module does not import this one, directly or not; if so, this imports it."""
        waiting, seen = [module], set()
        while waiting:
            seen.add(here := waiting.pop())
            if here == self.name:
                return False
            waiting += self._imports.get(here, set()) - seen
        self._imports.setdefault(self.name, set()).add(module)
        return True

    # --------------------------------------------------------------------------------- its text

    def _stand_in(self, name: str) -> None:
        """What a cell that cannot be read seems to define raises what Python said of it."""
        kind, cell = self._notebook.broken[name]
        names = self._notebook.lost.setdefault(cell, [])
        names += [name] if name not in names else []
        self._raise(name, kind, "SyntaxError", self._notebook.problem(cell))

    def _raise(self, name: str, kind: str, error: str, why: str) -> None:
        if kind == "class":
            lines = [f"class {name}:", f"    def __init__(self, *values, why={why!r}, **options):"]
            lines.append(f"        raise {error}(why)")
        else:
            lines = [f"def {name}(*values, why={why!r}, **options):", f"    raise {error}(why)"]
        self._before["\n".join(lines)] = None

    def _write(self) -> None:
        for lines in self._before:
            self.lines += lines.split("\n")
        for unit in self._in_order():
            cell = self._notebook.names[unit.cell]
            self.lines += ["", f"# notebook cell {cell}, line {unit.line}"]
            self.places.append([len(self.lines) + 1, unit.text.count("\n") + 1, cell, unit.line])
            self.lines += unit.text.split("\n")
        self.lines += self._behind

    def _in_order(self) -> list[Unit]:
        """The units in the notebook's order, but each behind what it needs when it runs."""
        ordered: dict[Unit, None] = {}
        opened = set()
        waiting = sorted(self.taken, key=lambda unit: unit.position, reverse=True)
        while waiting:
            unit = waiting[-1]
            before = [u for u in self._needs.get(unit, ()) if u not in opened and self._done[u]]
            if unit in opened or not before:
                opened.add(waiting.pop())
                ordered[unit] = None
            else:
                opened.add(unit)
                waiting += before
        return list(ordered)
