"""Reads source inside a cage. These files are copied into the harness and see no other of ours."""
