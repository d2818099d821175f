"""What `autograder lint` looks at: one module a rule, or a few that belong together."""
