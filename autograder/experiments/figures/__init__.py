"""Every figure of the handout and the README, drawn: `python -m autograder.experiments.figures`."""
