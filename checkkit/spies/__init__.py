"""Helpers that run *beside* the submission: networks and hooks that record what it does.

Probes may use these, torch and the standard library, and nothing else. No expected value lives
here: whatever this package holds travels into the sandbox.
"""
