"""Hostile submissions, what each tries, and what became of it."""
