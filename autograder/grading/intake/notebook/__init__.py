"""A notebook that was handed in becomes the modules that the judge knows: text, nothing is run.

Reading and sorting are done in the judge, line by line; whether the text is Python at all is found
out in the sandbox, as with modules that were handed in.
"""

from .answers import as_given
from .collected import Taken, take_notebook
from .reading import MAX_NOTEBOOK_BYTES, BadNotebook

__all__ = ["MAX_NOTEBOOK_BYTES", "BadNotebook", "Taken", "as_given", "take_notebook"]
