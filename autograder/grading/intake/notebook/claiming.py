"""Which cell of a notebook answers which of the assignment's, and what to say if that is unclear.

A cell goes by its mark. Where none has the mark, or the one that has it is as it was given, a cell
of the student's own that defines the same names takes its place, as long as there is no doubt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .answers import Answer, is_stub, modules_of, stubs_of
from .magics import python_of
from .reading import BadNotebook, Cell
from .statements import Piece, pieces

LISTED = 6  # cells that a sentence names


@dataclass(frozen=True)
class Code:
    """A cell of code as Python: `text` has its lines, without those that are none of Python's."""

    cell: Cell
    text: str
    dropped: tuple[str, ...]

    @cached_property
    def all_pieces(self) -> list[Piece]:
        return pieces(self.text)

    @cached_property
    def pieces(self) -> list[Piece]:
        """Without those that only try something out."""
        return [piece for piece in self.all_pieces if not piece.is_trial]

    @cached_property
    def module_text(self) -> str:
        """As a module has it: what only tries something out is passed, line by line."""
        parts, at = [], 0
        for piece in self.all_pieces:
            if piece.is_trial:
                parts += [self.text[at : piece.start], "pass", "\n" * piece.text.count("\n")]
                at = piece.start + len(piece.text)
        return "".join([*parts, self.text[at:]])

    @property
    def tries(self) -> bool:
        return len(self.pieces) < len(self.all_pieces)

    @cached_property
    def defines(self) -> frozenset[str]:
        return frozenset(name for piece in self.pieces for name in piece.defines)

    @property
    def name(self) -> str:
        return self.cell.grade_id or f"number {self.cell.number}"


@dataclass
class Claims:
    """The cells of each module in the order of the notebook, all others, and what to tell."""

    of_module: dict[str, list[Code]] = field(default_factory=dict)
    others: list[Code] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    touched: bool = False  # at least one cell is not as it was given


def claims(
    cells: Sequence[Cell], answers: Sequence[Answer], starter: Mapping[str, bytes]
) -> Claims:
    """Sort the cells of a notebook.

    Raises:
        BadNotebook: none of them is the assignment's.
    """
    return _Sorting(cells, answers, starter).claims()


class _Sorting:
    def __init__(
        self, cells: Sequence[Cell], answers: Sequence[Answer], starter: Mapping[str, bytes]
    ):
        self.answers = {answer.grade_id: answer for answer in answers}
        self.modules = modules_of(starter)
        self.given = {name: stubs_of(text) for name, text in self.modules.items()}
        self.code = [_code(cell) for cell in cells if cell.is_code]
        self.marked: dict[str, list[Code]] = {}
        for code in self.code:
            if mark := self._mark(code.cell):
                self.marked.setdefault(mark, []).append(code)
        self.no_code = {mark for cell in cells if not cell.is_code if (mark := self._mark(cell))}
        chosen = {id(code) for marked in self.marked.values() for code in marked}
        locked = [code for code in self.code if _given(code.cell)]
        self.own = [c for c in self.code if id(c) not in chosen and c not in locked]
        self.remarks: list[str] = []

    def claims(self) -> Claims:
        taken: dict[str, list[Code]] = {}
        missing, replaced = [], []
        for answer in self.answers.values():
            found = self._found(answer)
            touched = [code for code in found if not self._as_given(answer, code)]
            if answer.stubs and not touched and (own := self._replacement(answer)):
                replaced.append((answer, own, bool(found)))
                found = own
            elif answer.stubs and not found:
                missing.append(answer)
            if len(touched) > 1:
                self._say_doubled(answer, touched)
            taken[answer.grade_id] = touched or found
        self._say_replaced(replaced)
        self._say_missing(missing, any(taken.values()))
        self._say_unknown(replaced)
        used = {id(code) for found in taken.values() for code in found}
        of_module: dict[str, dict[int, Code]] = {}
        for mark, found in taken.items():
            place = of_module.setdefault(self.answers[mark].module, {})
            place.update({code.cell.number: code for code in found})
        return Claims(
            {module: [cells[n] for n in sorted(cells)] for module, cells in of_module.items()},
            [code for code in self.code if id(code) not in used],
            self.remarks,
            any(
                not self._as_given(self.answers[mark], code)
                for mark, found in taken.items()
                for code in found
            ),
        )

    def _mark(self, cell: Cell) -> str:
        """The mark of nbgrader's, else the cell's id, which is the same where nobody changed it."""
        return next((mark for mark in (cell.grade_id, cell.id) if mark in self.answers), "")

    def _found(self, answer: Answer) -> list[Code]:
        """The cells that have the mark, each text once."""
        return list(
            {code.text.strip(): code for code in self.marked.get(answer.grade_id, ())}.values()
        )

    def _as_given(self, answer: Answer, code: Code) -> bool:
        """Whether a cell holds stubs as the starter has them, and nothing else."""
        stubs = self.given.get(answer.module, {})
        return all(
            (name := _only(piece)) in stubs and is_stub(piece, stubs[name])
            for piece in code.all_pieces
        )

    def _replacement(self, answer: Answer) -> list[Code]:
        """Cells of the student's own that define the stubs of an answer, each name in one cell."""
        defining = {
            name: [code for code in self.own if name in code.defines] for name in answer.stubs
        }
        if any(len(found) > 1 for found in defining.values()):
            name = next(name for name, found in defining.items() if len(found) > 1)
            numbers = ", ".join(str(code.cell.number) for code in defining[name][:LISTED])
            self.remarks.append(
                f"cells {numbers} all define {name}, and none of them is {answer.grade_id}, so none"
                " was taken: keep one, in the cell that you were given"
            )
            return []
        found = {code.cell.number: code for codes in defining.values() for code in codes}
        return [found[number] for number in sorted(found)]

    # ---------------------------------------------------------------------------- what to tell

    def _say_doubled(self, answer: Answer, found: Sequence[Code]) -> None:
        numbers = ", ".join(str(code.cell.number) for code in found[:LISTED])
        self.remarks.append(
            f"cell {answer.grade_id} is there {len(found)} times (cells {numbers}); all were taken,"
            " so what the last of them defines counts: keep one"
        )

    def _say_replaced(self, replaced: Sequence[tuple[Answer, list[Code], bool]]) -> None:
        marks = sum(bool(answer.stubs) for answer in self.answers.values())
        lost = [answer for answer, _, there in replaced if not there]
        if len(lost) > LISTED and len(lost) > marks / 2:
            self.remarks.append(
                "its cells have lost the assignment's marks, as some programs drop them; they were"
                " recognised by the functions and classes that they define"
            )
            replaced = [entry for entry in replaced if entry[2]]
        for answer, own, there in replaced:
            state = "is as you were given it" if there else "is missing"
            numbers = " and ".join(str(code.cell.number) for code in own[:LISTED])
            self.remarks.append(
                f"cell {answer.grade_id} {state}; what cell {numbers} defines was taken for it"
            )

    def _say_missing(self, missing: Sequence[Answer], any_found: bool) -> None:
        if missing and not any_found:
            raise BadNotebook(
                "holds no cell of the assignment and defines none of its functions; hand in the"
                " notebook that you were given, filled in"
            )
        for answer in missing[:LISTED]:
            names = ", ".join(answer.stubs[:3]) + (", ..." if len(answer.stubs) > 3 else "")
            if answer.grade_id in self.no_code:
                state = "is a cell of text now, not of code"
            else:
                state = "is missing, deleted or with another mark"
            self.remarks.append(
                f"cell {answer.grade_id} {state}, so {names} counts as not attempted: take the cell"
                " from the notebook that you were given"
            )
        if rest := [answer.grade_id for answer in missing[LISTED:]]:
            self.remarks.append(f"so are {len(rest)} more cells: {', '.join(rest)}")

    def _say_unknown(self, replaced: Sequence[tuple[Answer, list[Code], bool]]) -> None:
        """Cells of which the mark looks like one of ours and is none."""
        told = {id(code) for _, own, _ in replaced for code in own}
        unknown = [
            code.cell.grade_id
            for code in self.own
            if code.cell.grade_id.partition("-")[0] in self.modules and id(code) not in told
        ]
        if unknown:
            self.remarks.append(
                f"{', '.join(unknown[:LISTED])}: no cell of the assignment has this mark, so what"
                " stands there was not taken"
            )


def _code(cell: Cell) -> Code:
    text, dropped = python_of(cell.source)
    return Code(cell, text, tuple(dropped))


def _given(cell: Cell) -> bool:
    """A cell of the assignment's that students run and do not fill."""
    mark = cell.grade_id or cell.id
    return mark.startswith(("given-", "figure-", "check-", "open-"))


def _only(piece: Piece) -> str:
    return piece.defines[0] if len(piece.defines) == 1 else ""
