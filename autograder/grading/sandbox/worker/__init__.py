"""What runs inside the sandbox, beside the submission. Nothing here decides anything.

These files are copied into the harness folder and imported there as `sandbox.worker`; they see the
wire codec, `checkkit.runner`, `checkkit.spies`, torch, and nothing else of the repository.
"""
