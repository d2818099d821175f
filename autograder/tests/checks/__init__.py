"""Tests of the checks' own machinery: spies, analyses, statistics."""
