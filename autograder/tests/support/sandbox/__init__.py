"""Probes for the sandbox, and what attacks it."""

from pathlib import Path

HOSTILE = Path(__file__).with_name("hostile.py")  # the module `attack` of a submission
JUDGE = Path(__file__).with_name("judge_script.py")
