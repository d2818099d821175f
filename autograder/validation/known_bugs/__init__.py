"""Known bugs: do the checks catch what is wrong, and let pass what is right?

wrong/*.yaml   mutants: the solution with one mistake each, and the check that must see it
right/*.yaml   variants: right but different, as edits or as folders of whole files beside them

entries   what these files may say          judging   one package through the judge, forked
rules     what holds between them and the   forking   many such processes, side by side
          solution, the tasks, the checks   watching  the same, with a progress bar
apply     from an entry to a package        matrix    who killed whom, and what that means
                                            pages     the kill matrix as HTML and CSV
                                            command   `autograder validate --known-bugs`
"""
