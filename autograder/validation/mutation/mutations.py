"""Every small change that cosmic-ray knows to make in a file, and where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

# What stands between a name and its annotation, in the parser's words.
ANNOTATED = ("tfpdef", "annassign")


@dataclass(frozen=True)
class Address:
    """Names a mutation for as long as its line and its function keep their text and name."""

    file: str
    function: str
    operator: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}: {self.told}"

    @property
    def told(self) -> str:
        """All but the file, for whoever has named it with the line."""
        return f"{self.function}: `{self.before}` -> `{self.after}` ({self.operator})"


@dataclass(frozen=True)
class Mutation:
    """One changed file: `source` is its whole text, `line` where it differs."""

    address: Address
    line: int
    source: str
    in_annotation: bool = False

    @property
    def file(self) -> str:
        """The file of the package that it changes."""
        return self.address.file


def mutations_of(file: str, source: str) -> Iterator[Mutation]:
    """Every mutation of a file's text by every operator that needs no arguments."""
    # Late: whoever only reads the list of equivalents need not have it.
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    nodes = list(ast_nodes(get_ast(source)))
    for name in operator_names():
        if get_operator(name).arguments():
            continue
        operator = get_operator(name)()
        places = [node for node in nodes for _ in operator.mutation_positions(node)]
        for occurrence, node in enumerate(places):
            changed = mutate_code(source, operator, occurrence)
            assert changed is not None  # as it is where there is no such occurrence
            line, before, after = _difference(source, changed)
            address = Address(file, _function(node), name.rpartition("/")[2], before, after)
            yield Mutation(address, line, changed, _in_annotation(node))


def _difference(one: str, other: str) -> tuple[int, str, str]:
    """The first line that differs, and what stands in its place up to the last that does."""
    before, after = one.splitlines(), other.splitlines()
    first = 0
    while before[first] == after[first]:
        first += 1
    while before[-1] == after[-1] and min(len(before), len(after)) > first + 1:
        before.pop()
        after.pop()
    return first + 1, _on_one_line(before[first:]), _on_one_line(after[first:])


def _on_one_line(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())


def _function(node: Any) -> str:
    """The function around a node, with the class around that."""
    names = [above.name.value for above in _upwards(node) if above.type in ("funcdef", "classdef")]
    return ".".join(reversed(names)) or "module"


def _in_annotation(node: Any) -> bool:
    path = list(_upwards(node))
    for below, above in pairwise(path):
        if above.type in ANNOTATED and below is above.children[2 if above.type == "tfpdef" else 1]:
            return True
        if above.type == "funcdef" and below is above.annotation:
            return True
    return False


def _upwards(node: Any) -> Iterator[Any]:
    while node is not None:
        yield node
        node = node.parent
