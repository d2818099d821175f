"""Which cells of a notebook belong to which exercise, and what to say where that is unclear.

A cell goes by its mark. Where none has the mark, or the one that has it is as it was given, a cell
of the student's own that defines the same names takes its place, as long as there is no doubt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .exercises import Exercise, is_stub, modules_of, stubs_of
from .magics import python_of
from .reading import BadNotebook, Cell
from .statements import Statement, top_level

LISTED = 6  # cells that a sentence names
NOT_FILLED_IN = ("given-", "figure-", "check-", "open-")  # marks of cells that students only run


@dataclass(frozen=True)
class Code:
    """A cell of code as Python: `text` has its lines, without those that are none of Python's."""

    cell: Cell
    text: str
    dropped: tuple[str, ...]

    @cached_property
    def all_statements(self) -> list[Statement]:
        return top_level(self.text)

    @cached_property
    def statements(self) -> list[Statement]:
        """Without those that only try something out."""
        return [statement for statement in self.all_statements if not statement.is_trial]

    @cached_property
    def module_text(self) -> str:
        """As a module has it: what only tries something out is passed, line by line."""
        parts, at = [], 0
        for trial in (one for one in self.all_statements if one.is_trial):
            parts += [self.text[at : trial.start], "pass", "\n" * trial.text.count("\n")]
            at = trial.start + len(trial.text)
        return "".join([*parts, self.text[at:]])

    @property
    def tries(self) -> bool:
        return len(self.statements) < len(self.all_statements)

    @cached_property
    def defines(self) -> frozenset[str]:
        return frozenset(name for statement in self.statements for name in statement.defines)

    @property
    def name(self) -> str:
        return self.cell.grade_id or f"number {self.cell.number}"


class CellMatch:
    """The cells of a notebook, matched with the exercises.

    `of_module` has the cells of each module in the order of the notebook, `others` all other ones.
    `touched`: at least one cell of an exercise is not as it was given.

    Raises:
        BadNotebook: none of the cells is the assignment's.
    """

    def __init__(
        self, cells: Sequence[Cell], exercises: Sequence[Exercise], starter: Mapping[str, bytes]
    ):
        self._exercises = {exercise.grade_id: exercise for exercise in exercises}
        self._given = {name: stubs_of(text) for name, text in modules_of(starter).items()}
        code = [Code(cell, *python_of(cell.source)) for cell in cells if cell.is_code]
        self._own = [one for one in code if self._is_own(one.cell)]
        self._marked: dict[str, dict[str, Code]] = {}  # by mark and text: each text counts once
        for one in code:
            self._marked.setdefault(self._mark(one.cell), {})[one.text.strip()] = one
        self.remarks: list[str] = []
        taken, missing, replaced = [], [], []
        for exercise in exercises:
            marked = list(self._marked.get(exercise.grade_id, {}).values())
            chosen = touched = [one for one in marked if not self._as_given(exercise, one)]
            if exercise.stubs and not touched and (own := self._replacement(exercise)):
                replaced.append((exercise, own, bool(marked)))
                chosen = own
            elif exercise.stubs and not marked:
                missing.append(exercise)
            if len(touched) > 1:
                self._report_doubled(exercise, touched)
            taken += [(exercise, one) for one in chosen or marked]
        self._report_replaced(replaced)
        if missing and not taken:
            raise BadNotebook(
                "holds no cell of the assignment and defines none of its functions; hand in the"
                " notebook that you were given, filled in"
            )
        self._report_missing(missing, {self._mark(cell) for cell in cells if not cell.is_code})
        self._report_unknown([one for _, own, _ in replaced for one in own])
        self.of_module: dict[str, list[Code]] = {}
        for exercise, one in sorted(taken, key=lambda pair: pair[1].cell.number):
            of_module = self.of_module.setdefault(exercise.module, [])
            of_module += [one] if of_module[-1:] != [one] else []
        used = {id(one) for _, one in taken}
        self.others = [one for one in code if id(one) not in used]
        self.touched = any(not self._as_given(exercise, one) for exercise, one in taken)

    def _mark(self, cell: Cell) -> str:
        """The mark of nbgrader's, else the cell's id, which is the same where nobody changed it."""
        return next((mark for mark in (cell.grade_id, cell.id) if mark in self._exercises), "")

    def _is_own(self, cell: Cell) -> bool:
        """Whether a cell is the student's own, neither an exercise nor another given cell."""
        given = (cell.grade_id or cell.id).startswith(NOT_FILLED_IN)
        return not given and not self._mark(cell)

    def _as_given(self, exercise: Exercise, code: Code) -> bool:
        """Whether a cell holds stubs as the starter has them, and nothing else."""
        stubs = self._given.get(exercise.module, {})
        return all(
            len(statement.defines) == 1
            and statement.defines[0] in stubs
            and is_stub(statement, stubs[statement.defines[0]])
            for statement in code.all_statements
        )

    def _replacement(self, exercise: Exercise) -> list[Code]:
        """Cells of the student's own that define the stubs of an exercise, each name in one."""
        chosen: dict[int, Code] = {}
        for name in exercise.stubs:
            defining = [code for code in self._own if name in code.defines]
            if len(defining) > 1:
                self.remarks.append(
                    f"cells {_numbers(defining)} all define {name}, and none of them is"
                    f" {exercise.grade_id}, so none was taken: keep one, in the cell that you were"
                    " given"
                )
                return []
            chosen.update((code.cell.number, code) for code in defining)
        return [chosen[number] for number in sorted(chosen)]

    # ------------------------------------------------------------------------------- remarks

    def _report_doubled(self, exercise: Exercise, cells: Sequence[Code]) -> None:
        self.remarks.append(
            f"cell {exercise.grade_id} is there {len(cells)} times (cells {_numbers(cells)}); all"
            " were taken, so what the last of them defines counts: keep one"
        )

    def _report_replaced(self, replaced: Sequence[tuple[Exercise, list[Code], bool]]) -> None:
        marks = sum(bool(exercise.stubs) for exercise in self._exercises.values())
        lost = [exercise for exercise, _, there in replaced if not there]
        if len(lost) > LISTED and len(lost) > marks / 2:
            self.remarks.append(
                "its cells have lost the assignment's marks, as some programs drop them; they were"
                " recognised by the functions and classes that they define"
            )
            replaced = [entry for entry in replaced if entry[2]]
        for exercise, own, there in replaced:
            state = "is as you were given it" if there else "is missing"
            self.remarks.append(
                f"cell {exercise.grade_id} {state}; what cell {_numbers(own, ' and ')} defines was"
                " taken for it"
            )

    def _report_missing(self, missing: Sequence[Exercise], of_text: set[str]) -> None:
        for exercise in missing[:LISTED]:
            names = ", ".join(exercise.stubs[:3]) + (", ..." if len(exercise.stubs) > 3 else "")
            state = "is missing, deleted or with another mark"
            if exercise.grade_id in of_text:
                state = "is a text cell, not a code cell"
            self.remarks.append(
                f"cell {exercise.grade_id} {state}, so {names} counts as not attempted: take the"
                " cell from the notebook that you were given"
            )
        if rest := [exercise.grade_id for exercise in missing[LISTED:]]:
            self.remarks.append(f"so are {len(rest)} more cells: {', '.join(rest)}")

    def _report_unknown(self, reported: Sequence[Code]) -> None:
        """Cells of which the mark looks like one of the assignment's and is none."""
        known = {id(code) for code in reported}
        unknown = [
            code.cell.grade_id
            for code in self._own
            if code.cell.grade_id.partition("-")[0] in self._given and id(code) not in known
        ]
        if unknown:
            self.remarks.append(
                f"{', '.join(unknown[:LISTED])}: no cell of the assignment has this mark, so what"
                " stands there was not taken"
            )


def _numbers(cells: Sequence[Code], separator: str = ", ") -> str:
    return separator.join(str(code.cell.number) for code in cells[:LISTED])
