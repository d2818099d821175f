"""The rules of `autograder lint`: each module checks one, or a few that belong together."""
