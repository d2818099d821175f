"""Every small change that cosmic-ray knows to make in a file, and where it is."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Address:
    """Identifies a mutation as long as its line and its function keep their text and name."""

    file: str
    function: str
    operator: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}: {self.without_file}"

    @property
    def without_file(self) -> str:
        """All but the file."""
        return f"{self.function}: `{self.before}` -> `{self.after}` ({self.operator})"


@dataclass(frozen=True)
class Mutation:
    """One changed file: `source` is its whole text, `line` where it differs."""

    address: Address
    line: int
    source: str
    in_annotation: bool = False


def mutations_of(file: str, source: str) -> Iterator[Mutation]:
    """Every mutation of a file's text by every operator that needs no arguments.

    What Python cannot read, such as `2**not 1`, is left out.
    """
    # Imported here: reading the list of equivalents must not need it.
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    nodes, original = list(ast_nodes(get_ast(source))), _without_annotations(source)
    for name in operator_names():
        if get_operator(name).arguments():
            continue
        operator = get_operator(name)()
        places = [node for node in nodes for _ in operator.mutation_positions(node)]
        for occurrence, node in enumerate(places):
            changed = mutate_code(source, operator, occurrence)
            assert changed is not None  # it is None only where there is no such occurrence
            if not _can_be_read(changed):
                continue
            line, before, after = _difference(source, changed)
            address = Address(file, _function(node), name.rpartition("/")[2], before, after)
            in_annotation = _without_annotations(changed) == original
            yield Mutation(address, line, changed, in_annotation)


def _difference(one: str, other: str) -> tuple[int, str, str]:
    """The first line that differs, and the text up to the last one that does, in both."""
    before, after = one.splitlines(), other.splitlines()
    first = 0
    while before[first] == after[first]:
        first += 1
    while before[-1] == after[-1] and min(len(before), len(after)) > first + 1:
        before.pop()
        after.pop()
    old, new = (" ".join(" ".join(lines[first:]).split()) for lines in (before, after))
    return first + 1, old, new


def _function(node: Any) -> str:
    """The function around a node, with the class around that."""
    names = []
    while node := node.search_ancestor("funcdef", "classdef"):
        names.append(node.name.value)
    return ".".join(reversed(names)) or "module"


def _can_be_read(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _without_annotations(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for field in {"annotation", "returns"} & set(node._fields):
            setattr(node, field, None)
    return ast.dump(tree)
