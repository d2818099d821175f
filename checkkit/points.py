"""Points as they are shown and written: with two decimals at most, everywhere.

The score of a task is rounded once, half up: 3.125 is 3.13. Deductions and totals are computed from
rounded scores, so all that is shown adds up. The points of the checks of a task are added before
that: three checks of a third of a point are one point.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate, pairwise

DECIMALS = 2
OF_A_CHECK = 4  # shares of checks are small
DUST = 6  # decimals beyond which a number is an error of floating point


def rounded(points: float, decimals: int = DECIMALS) -> float:
    """A number of points for a file that programs read, rounded half up as it is printed."""
    printed = Decimal(repr(round(float(points), DUST)))
    return float(printed.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) + 0.0  # no -0


def written(points: float) -> str:
    """A number of points for people, and for the cells of tables: 18, not 17.9996 or 18.00."""
    return f"{rounded(points):.{DECIMALS}f}".rstrip("0").rstrip(".")


def with_bonus(total: float, bonus: float) -> str:
    """A total for people, and the bonus that is contained in it: "103 (+3 bonus)"."""
    return f"{written(total)} (+{written(bonus)} bonus)" if bonus else written(total)


def in_points(points: float, bonus: bool = False) -> str:
    """What a task is worth, for people: "1 point", "2 bonus points"."""
    return f"{written(points)} {'bonus ' * bonus}point{'s' * (points != 1)}"


def apportioned(shares: Sequence[float]) -> list[float]:
    """Shares of checks, rounded so that they still add up to the points of their task."""
    ends = [rounded(end, OF_A_CHECK) for end in accumulate(shares, initial=0.0)]
    return [rounded(end - begin, OF_A_CHECK) for begin, end in pairwise(ends)]
