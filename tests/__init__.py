"""The checks that students receive, and the machinery that both students and graders run them with."""
