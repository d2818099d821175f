"""Reads source in the sandbox; copied there as a whole, so it imports nothing else of ours."""
