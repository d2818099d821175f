"""What ends an evaluation before it has begun."""


class Unusable(Exception):
    """Why a run cannot be evaluated as asked, and what to do, in one sentence."""
