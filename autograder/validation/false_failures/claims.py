"""Which distribution the p-values of each statistic claim to have if a submission is correct.

A p-value is uniform if its null distribution is exact. A bound is at least uniform: it is below any
u with a probability of at most u, so the promised rate is kept with room to spare.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.stats import kstest


class Null(StrEnum):
    """The distribution of p-values; the values are the words of the reports."""

    UNIFORM = "uniform"
    BOUND = "at least uniform"


@dataclass(frozen=True)
class Claim:
    """The distribution that p is claimed to have, and why."""

    null: Null
    why: str

    def ks_p(self, values: np.ndarray) -> float:
        """Kolmogorov and Smirnov on independent p-values: how likely are they under the claim?"""
        side = "two-sided" if self.null is Null.UNIFORM else "greater"  # more small ones than fair
        return float(kstest(values, "uniform", alternative=side).pvalue) if values.size else 1.0


CHI_SQUARE = "chi-square, made normal by Wilson and Hilferty"
FIXED_SUM = f"{CHI_SQUARE}; of a sum of squares that is fixed"
PRODUCTS = "sum of products, normal"

CLAIMS = {
    "mean square": Claim(Null.UNIFORM, CHI_SQUARE),
    "mean squares of images": Claim(Null.BOUND, f"{CHI_SQUARE}; the least, by Bonferroni"),
    "mean of all values": Claim(Null.UNIFORM, "normal"),
    "means of images": Claim(Null.UNIFORM, FIXED_SUM),
    "means of rows": Claim(Null.UNIFORM, FIXED_SUM),
    "means of columns": Claim(Null.UNIFORM, FIXED_SUM),
    "largest correlation": Claim(Null.UNIFORM, "the largest of as many of Student's as pairs"),
    "distribution": Claim(Null.BOUND, "Dvoretzky, Kiefer and Wolfowitz; the scale is fitted"),
    "left and right": Claim(Null.UNIFORM, PRODUCTS),
    "upper and lower": Claim(Null.UNIFORM, PRODUCTS),
    "diagonal": Claim(Null.UNIFORM, PRODUCTS),
    "neighbours": Claim(Null.UNIFORM, PRODUCTS),
    "deviation of one step": Claim(Null.UNIFORM, f"{CHI_SQUARE}; the least likely step"),
    "deviation of all steps": Claim(Null.UNIFORM, CHI_SQUARE),
    "counts of t": Claim(Null.UNIFORM, "Pearson's chi-square, upper tail"),
    "spread of t": Claim(Null.BOUND, "the largest of Dvoretzky's for two laws, and Pearson's"),
    "share dropped": Claim(Null.UNIFORM, "binomial, exact; spread between its steps"),
    "dropping against labels": Claim(Null.UNIFORM, "Pearson's chi-square, upper tail"),
    "neighbours dropped": Claim(Null.UNIFORM, "hypergeometric, exact; spread between its steps"),
}
