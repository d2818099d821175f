"""Mutation testing: do the checks catch mistakes that nobody thought of?

The known bugs beside this package are mistakes that people make. Here cosmic-ray makes every small
change that its operators know in the files that students write, one at a time, and the checks judge
each: all but those that train, visible and hidden, those of the file's own tasks first, up to the
first that fails.

cosmic-ray changes operators, comparisons, numbers, conditions and loops. It neither removes a call
nor swaps two names: only the known bugs cover such mistakes.

Not counted: changes within annotations. They fail when the module is imported, or do nothing, and
show nothing about a check either way. Not mutated: data.py, which is given and which no check
grades. training.py has figures of its own: most of it is given too, and the part that no check
covers is tested by `autograder/tests/unit/solution/test_resume.py`.

The rule. A mutant is killed if a check fails on it at the run's seed. A survivor is judged again
with three fresh seeds: killed at all of them it counts as killed; killed at some of them it was
killed by chance and counts as a survivor. (One killed at once is not judged again: `--seed` shows
whether the score depends on the seed.) A survivor is excused by an entry of equivalent.yaml, whose
reason says why the contract of the starter allows it. A mutant killed by chance is never excused,
since a check can tell it from the solution. An entry is stale if its mutant is gone or is killed.

mutations    every mutation of a file, from cosmic-ray   score     verdicts, figures, what is wrong
trial        one mutant, judged by the checks            report    the same as a table and a CSV
equivalents  the mutants that no check can detect        command   `autograder validate --mutation`
"""
