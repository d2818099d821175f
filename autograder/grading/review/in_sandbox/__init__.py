"""Reads source in the sandbox. Only these files are copied there, so they import no others."""
