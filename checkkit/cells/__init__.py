"""From the cells of a notebook to the modules of the package: which definition counts, and why.

Grading calls this in the sandbox, `submit.py` on the student's machine; it needs Python alone.
"""

from .collecting import collect
from .contract import contract_of, defined_in, filled_names, fills_in, is_filled

__all__ = ["collect", "contract_of", "defined_in", "filled_names", "fills_in", "is_filled"]
