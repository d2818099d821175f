"""What runs inside the sandbox, beside the submission. Nothing here decides anything.

`sandbox/payload.py` says which files are copied to where the submission runs: these, imported there
as `sandbox.worker`, the wire codec, parts of `checkkit.runner`, `checkkit.spies`, and what reads
source for the review. They see nothing else of the repository.
"""
