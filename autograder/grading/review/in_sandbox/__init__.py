"""Reads source in the sandbox, where these files are copied; they see no other of ours."""
