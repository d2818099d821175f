"""The tokens of submissions, made in the sandbox, because the source may be hostile."""

from collections.abc import Mapping

import numpy as np

from autograder.grading.intake import PACKAGE
from autograder.grading.review.in_sandbox.tokens import FIRST_SIGN, LAST_SIGN, MOST_TOKENS, Tokens
from autograder.grading.review.source_reader import Reply, read_inside
from autograder.grading.sandbox import Isolation
from autograder.grading.sandbox.wire import WireError
from checkkit.runner.outcomes import SubmissionProblem
from checkkit.text import one_line

SECONDS = 20.0  # those of the solution take 0.01
MOST_FILES = 200  # in one sandbox; the wire carries 256 arrays


def tokens_of(
    submissions: Mapping[str, Mapping[str, str]], isolation: Isolation, seconds: float = SECONDS
) -> dict[str, dict[str, Tokens] | str]:
    """The tokens of each file of each submission; a sentence if it cannot be compared.

    All are read in one sandbox, which takes 0.2 seconds to start; if that fails, each in its own.
    File names end in .py; together there are at most `MOST_FILES`.
    """
    if not submissions:
        return {}
    sources = {
        f"{PACKAGE}/s{number}/{file}": text.encode(errors="surrogatepass")
        for number, texts in enumerate(submissions.values())
        for file, text in texts.items()
    }
    try:
        replies = read_inside(sources, "tokens", isolation, seconds)
        return {
            name: _of_one(texts, {file: replies[f"{PACKAGE}/s{number}/{file}"] for file in texts})
            for number, (name, texts) in enumerate(submissions.items())
        }
    except (SubmissionProblem, WireError) as problem:
        if len(submissions) > 1:
            each = (tokens_of({n: texts}, isolation, seconds) for n, texts in submissions.items())
            return {name: tokens for one in each for name, tokens in one.items()}
        return dict.fromkeys(submissions, f"its tokens could not be read: {one_line(str(problem))}")


def _of_one(texts: Mapping[str, str], replies: Mapping[str, Reply]) -> dict[str, Tokens] | str:
    for file, reply in replies.items():
        if reply.problem:
            return f"{file} cannot be compared: {one_line(reply.problem)}"
    files = {file: _tokens(reply.answer, texts[file]) for file, reply in replies.items()}
    if sum(len(tokens.signs) for tokens in files.values()) > MOST_TOKENS:
        return f"has more than {MOST_TOKENS:,} tokens"
    return files


def _tokens(answer: object, text: str) -> Tokens:
    if not isinstance(answer, np.ndarray) or answer.dtype != np.int32 or answer.shape[:-1] != (3,):
        raise WireError("no tokens")
    signs, starts, ends = answer
    inside = (starts >= 0) & (starts < ends) & (ends <= len(text))
    known = (signs >= FIRST_SIGN) & (signs <= LAST_SIGN)
    if not (inside & known).all() or (np.diff(starts) < 0).any():
        raise WireError("tokens that cannot be those of the text")
    return Tokens("".join(map(chr, signs.tolist())), starts.tolist(), ends.tolist())
