"""The checks that students receive, and the machinery that students and graders run them with."""
