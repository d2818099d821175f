"""Messages about a submission that was made of a notebook speak of its cells."""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

Place = tuple[int, int, str, int]  # first line in the module, lines, cell, line in the cell
LINE = re.compile(r'File "(diffusion/(\w+\.py))", line (\d{1,9})(?!\d)')


def in_cells(places: Mapping[str, Sequence[Place]]) -> Callable[[str], str]:
    """What rewrites a message: lines of modules become lines of cells, where they come from one.

    Args:
        places: file -> where each statement of a cell is, in order.
    """

    def placed(match: re.Match[str]) -> str:
        line, known = int(match[3]), places.get(match[1], ())
        at = bisect_right(known, line, key=lambda place: place[0]) - 1
        if at >= 0 and line < known[at][0] + known[at][1]:
            first, _, cell, there = known[at]
            return f"Cell {cell}, line {line - first + there} ({match[2]}, line {line})"
        return match[0]

    return lambda message: LINE.sub(placed, message)
