"""Mistakes in the mean of a sampler's steps, x_{t-1} = A_t x_t + B_t eps + noise.

Each formula below is one of the two forms of the mean with one or two mistakes in it.
"""

import itertools
from collections.abc import Iterator

import numpy as np

from .. import oracles
from ..oracles import Tables
from ..runner import Mistake
from .matching import Formula, recognise
from .symbols import Symbols

Series = tuple[np.ndarray, np.ndarray]


def mean_mistake(
    tables: Tables, t: np.ndarray, on_x: np.ndarray, on_eps: np.ndarray
) -> Mistake | None:
    """Why the factors of x_t and of eps are these at (K,) whole t, from T down."""
    right = oracles.reverse_coefficients(tables)
    formulas = [Formula(_scaled(right[0][t], right[1][t], tables, t))]
    symbols = Symbols(tables, t)
    for name, story, (a, b) in itertools.chain(
        _eps_forms(symbols), _x_0_forms(symbols, tables), _elsewhere(tables, t)
    ):
        mistake = Mistake(name, f"What you compute is {name}: {story} (equation 9).")
        formulas.append(Formula(_scaled(a, b, tables, t), mistake))
    measured = _scaled(on_x, on_eps, tables, t)
    return recognise(measured, formulas)


def _scaled(a: np.ndarray, b: np.ndarray, tables: Tables, t: np.ndarray) -> np.ndarray:
    """Both factors scaled to about 1; A_T is replaced, because the compared runs share x_T."""
    right_a, right_b = (factor[t] for factor in oracles.reverse_coefficients(tables))
    return np.stack([np.where(t == t.max(), right_a, a), b / np.sqrt(np.mean(right_b**2))])


def _eps_forms(symbols: Symbols) -> Iterator[tuple[str, str, Series]]:
    """(x_t - inner eps) * outer, all but the right one."""
    beta, alpha, alpha_bar = symbols.at()
    outers = {
        "1/sqrt(alpha_t)": (alpha**-0.5, ""),
        "sqrt(alpha_t)": (alpha**0.5, "divide by sqrt(alpha_t) instead of multiplying"),
        "1": (np.ones_like(alpha), "the division by sqrt(alpha_t) is missing"),
        "1/alpha_t": (1 / alpha, "the root of alpha_t is missing"),
        "1/sqrt(alpha_bar_t)": (alpha_bar**-0.5, "alpha_bar_t is used in place of alpha_t"),
    }
    root = np.sqrt(1 - alpha_bar)
    inners = {
        "beta_t / sqrt(1 - alpha_bar_t)": (beta / root, ""),
        "beta_t sqrt(1 - alpha_bar_t)": (
            beta * root,
            "divide by sqrt(1 - alpha_bar_t) instead of multiplying by it",
        ),
        "beta_t / (1 - alpha_bar_t)": (beta / root**2, "the root of 1 - alpha_bar_t is missing"),
        "beta_t / sqrt(1 - alpha_t)": (beta**0.5, "alpha_t is used in place of alpha_bar_t"),
        "beta_t / sqrt(alpha_bar_t)": (beta * alpha_bar**-0.5, "1 - alpha_bar_t belongs below"),
        "sqrt(beta_t) / sqrt(1 - alpha_bar_t)": (beta**0.5 / root, "beta_t has no root here"),
        "alpha_t / sqrt(1 - alpha_bar_t)": (alpha / root, "alpha_t is used in place of beta_t"),
        "beta_t": (
            beta,
            "sqrt(1 - alpha_bar_t) is lost: the division by it or, in x_0', its root",
        ),
        "sqrt(1 - alpha_bar_t)": (root, "beta_t / sqrt(1 - alpha_bar_t) belongs before eps"),
        "1": (np.ones_like(beta), "the factor of eps is missing"),
    }
    for (outer, (a, wrong_a)), (inner, (b, wrong_b)) in itertools.product(
        outers.items(), inners.items()
    ):
        for sign, wrong_sign in (("-", ""), ("+", "the predicted noise has to be subtracted")):
            story = ", and ".join(filter(None, (wrong_sign, wrong_b, wrong_a)))
            if story:
                factor = "" if inner == "1" else f"{inner} "
                name = f"{outer} (x_t {sign} {factor}eps)"
                yield name, story, (a, (a * b if sign == "+" else -a * b))


def _x_0_forms(symbols: Symbols, tables: Tables) -> Iterator[tuple[str, str, Series]]:
    """k_0 x_0' + k_t x_t with x_0' = (x_t - p eps) / q: one part wrong, or both k swapped.

    A wrong sign of eps and a missing root are left out: the other form has them.
    """
    beta, alpha, alpha_bar = symbols.at()
    before = symbols.at(-1)[2]
    last = tables.alpha_bars[-1]
    wrapped = np.where(before == 1, last, before)
    rest = 1 - alpha_bar
    k_0, k_t = np.sqrt(before) * beta / rest, np.sqrt(alpha) * (1 - before) / rest
    p, q = np.sqrt(rest), np.sqrt(alpha_bar)
    ways = {
        "x_0' in place of its share": (1 + 0 * k_0, k_t, p, q, "x_0' lacks its coefficient"),
        "the coefficients of x_0' and x_t swapped": (k_t, k_0, p, q, "swap them back"),
        "1 - alpha_bar_t before x_t": (
            k_0, np.sqrt(alpha), p, q,
            "1 - alpha_bar_(t-1) belongs in the coefficient of x_t",
        ),
        "x_0' = (x_t - (1 - alpha_bar_t) eps) / alpha_bar_t": (
            k_0, k_t, rest, alpha_bar, "the square roots are missing in x_0'",
        ),
        "x_0' = (x_t - sqrt(1 - alpha_bar_t) eps) / alpha_bar_t": (
            k_0, k_t, p, alpha_bar, "the square root below x_0' is missing",
        ),
        "x_0' = x_t - sqrt(1 - alpha_bar_t) eps": (
            k_0, k_t, p, 1 + 0 * q, "the division by sqrt(alpha_bar_t) is missing in x_0'",
        ),
        "sqrt(alpha_bar_t) before x_0'": (
            q * beta / rest, k_t, p, q, "sqrt(alpha_bar_(t-1)) belongs in the coefficient of x_0'",
        ),
        "alpha_bar_(t-1) before x_0'": (
            before * beta / rest, k_t, p, q, "the root of alpha_bar_(t-1) is missing",
        ),
        "alpha_t before x_t": (
            k_0, alpha * (1 - before) / rest, p, q, "the root of alpha_t is missing",
        ),
        "alpha_bars[-1] for alpha_bar_0": (
            np.sqrt(wrapped) * beta / rest, np.sqrt(alpha) * (1 - wrapped) / rest, p, q,
            "at t = 1 the index of alpha_bar_(t-1) wraps around to the table's last entry",
        ),
    }  # fmt: skip
    for name, (on_x_0, on_x_t, noise, below, story) in ways.items():
        on_x = on_x_0 / below + on_x_t
        yield name, story, (on_x, -on_x_0 * noise / below)


def _elsewhere(tables: Tables, t: np.ndarray) -> Iterator[tuple[str, str, Series]]:
    """The right step of another t."""
    on_x, on_eps = oracles.reverse_coefficients(tables)
    last = len(on_x) - 1
    for name, at, story in (
        ("the step of t - 1", np.maximum(t - 1, 1), "tables are indexed by t itself"),
        ("the step of t + 1", np.minimum(t + 1, last), "tables are indexed by t itself"),
        ("the step of T + 1 - t", last + 1 - t, "the loop has to run from T down to 1"),
    ):
        yield name, story, (on_x[at], on_eps[at])
