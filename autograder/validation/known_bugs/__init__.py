"""Known bugs: do the checks catch what is wrong, and pass what is right?

wrong/*.yaml   known bugs: the solution with one mistake each, and the check that must fail on it
right/*.yaml   variants: right but different, as edits or as folders of whole files beside them

entries     what these files may contain          forking     many short processes, side by side
rules       what must hold between the entries    resumable   the same with progress, and kept for
            and the solution, tasks and checks                the next run after Ctrl-C
apply       from an entry to a package            matrix      which check failed on which bug
judging     one package, judged in a process      diagnoses   did the checks name the mistake?
command     `autograder validate --known-bugs`       pages       the kill matrix as HTML and CSV
"""
