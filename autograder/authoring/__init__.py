"""Before the term: a release is made, searched for leaks, and the repository is linted."""
