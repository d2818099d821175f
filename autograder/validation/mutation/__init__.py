"""Mutation testing: do the checks see mistakes that nobody thought of?

The hand-written mutants beside this package are mistakes that people make. Here cosmic-ray makes
every small change that its operators know in the files that students write, one at a time, and the
checks judge each: all but those that train, visible and hidden, the own tasks' first, up to the
first that fails.

cosmic-ray changes operators, comparisons, numbers, conditions and loops. It neither removes a call
nor swaps two names: such mistakes stay with the hand-written mutants.

Not counted: changes within annotations. They fail when the module is imported, or do nothing, and
show nothing about a check either way. Not mutated: data.py, which is given and which no check
grades. training.py has a figure of its own: most of it is given too, and what no check looks at
there `autograder/tests/unit/solution/test_resume.py` does.

The rule. A mutant is killed if a check fails it at the run's seed. One that lives is judged again
from three fresh seeds: killed by every one of them it counts as killed, by some it was killed by
chance and counts as a survivor. (One killed at once is not judged again: `--seed` shows whether the
figure depends on the seed.) A survivor is excused by an entry of equivalent.yaml, whose reason
says why the contract of the starter allows it; one killed by chance never is, since what a check
can see is no equivalent. An entry is stale if its mutant is gone or is killed.

mutations    every mutation of a file, from cosmic-ray   score     verdicts, figures, what is wrong
trial        one mutant before its judges                report    the same as a table and a CSV
equivalents  the list of those that nobody can see       command   `autograder validate --mutation`
"""
