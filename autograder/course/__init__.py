"""What a course's starter is: the solution with its answers stripped, as the course selects it."""
