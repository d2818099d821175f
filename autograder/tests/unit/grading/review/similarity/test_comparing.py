"""Shares: as copydetect counts them, high for copies, low for independent work."""

import numpy as np
import pytest
from copydetect import CodeFingerprint, compare_files

from autograder.config.paths import REPOSITORY
from autograder.grading.review.similarity.comparing import COMMON_LEAST, THRESHOLD, compare, groups
from autograder.grading.review.similarity.fingerprints import (
    Fingerprints,
    K,
    all_grams,
    covered,
    grams_of,
    sources_of,
)
from autograder.grading.review.similarity.passages import passages
from autograder.grading.review.source_review.tokens import Tokens, tokenise
from autograder.tests.support.similar_class import STARTER, STYLES, files_of
from autograder.validation.disguise import disguise
from autograder.validation.known_bugs.apply import solution_files
from autograder.validation.similarity_evidence import Gallery

SOLUTION = solution_files()


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    return Gallery()


def own(name: str) -> dict[str, str]:
    return files_of(REPOSITORY.right / name)


@pytest.mark.parametrize("name", ["stacked", "own_modules"])
def test_a_share_is_the_one_that_copydetect_counts(name, tmp_path):
    texts = [SOLUTION["cfg.py"], own(name)["cfg.py"]]
    tokens = [tokenise(text, 10_000) for text in texts]
    files = []
    for number, one in enumerate(tokens):
        (tmp_path / str(number)).write_text(one.signs, encoding="utf-8")
        files.append(CodeFingerprint(str(tmp_path / str(number)), K, 1, filter=False))
    _, theirs, _ = compare_files(*files)
    nobody = np.zeros(0, np.int64)
    prints = [
        Fingerprints(text[:9], sources_of({"a": text}, {"a": one}, nobody))
        for text, one in zip(texts, tokens, strict=True)
    ]
    assert compare(prints).pairs[0].share == pytest.approx(max(theirs))


def test_what_a_file_has_twice_is_not_taken_for_starter_code():
    tokens = Tokens("abcdefghijklmnopq" * 2, [], [])
    starter = all_grams([Tokens("zyxwvutsrqponmlkjihg", [], [])])
    sources = sources_of({"a": ""}, {"a": tokens}, starter)
    assert np.count_nonzero(sources["a"].grams) == len(tokens.signs) - K + 1


def test_covered_tokens_are_those_of_a_gram_that_hits():
    hits = np.zeros((40, 1), bool)
    hits[[3, 20]] = True
    expected = [3 <= i < 3 + K or 20 <= i < 20 + K for i in range(40)]
    assert covered(hits)[:, 0].tolist() == expected


# Short functions: disguised, they have few sequences of tokens left. Alone, copies are not flagged.
MISSED_ALONE = {"illusions.py": 0.5}


@pytest.mark.parametrize("rewrite", [False, True])
@pytest.mark.parametrize("name", ["solution", *STYLES])
def test_every_file_of_a_disguised_copy_is_flagged(gallery, name, rewrite):
    """A file alone; where statements are rewritten too, most of its disguises are: the median."""
    files = SOLUTION if name == "solution" else own(name)
    for file, text in files.items():
        if gallery.long_enough(text):
            shares = [gallery.share_of_copy(file, text, seed, rewrite) for seed in range(7, 12)]
            least = MISSED_ALONE.get(file, THRESHOLD)
            assert (np.median if rewrite else min)(shares) >= least, file


def test_independent_work_is_not_flagged(gallery):
    prints = [gallery.prints(name, own(name)) for name in STYLES]
    assert not compare([*prints, gallery.prints("solution", SOLUTION)]).flagged


def test_starters_have_nothing_of_their_own(gallery):
    given = files_of(STARTER / "diffusion")
    pair = compare([gallery.prints("a", given), gallery.prints("b", given)]).pairs[0]
    assert pair.share == 0 and pair.owner is None


def test_a_file_moved_into_others_is_still_found(gallery):
    first, second = SOLUTION["ddpm.py"].split("def ddpm_sample")
    parts = {"schedule.py": first, "walking.py": f"def ddpm_sample{second}"}
    whole = gallery.prints("whole", {"ddpm.py": SOLUTION["ddpm.py"]})
    assert gallery.share(whole, gallery.prints("parts", parts)) > 0.9


def test_a_file_too_short_to_leave_a_choice_is_not_held_against_anybody(gallery):
    short = {"denoiser.py": SOLUTION["denoiser.py"]}
    assert gallery.share(gallery.prints("a", short), gallery.prints("b", short)) == 0


def test_what_many_have_is_the_tasks(gallery):
    files = {"ddpm.py": SOLUTION["ddpm.py"]}
    many = [gallery.prints(f"n{i}", files) for i in range(COMMON_LEAST + 1)]
    assert not compare(many).flagged
    assert compare(many).ignored == 1
    assert len(compare(many, common=1).flagged) == len(many) * (len(many) - 1) / 2


def test_those_of_earlier_years_are_compared_only_with_those_of_now(gallery):
    files = {"ddpm.py": SOLUTION["ddpm.py"]}
    everybody = [gallery.prints(name, files) for name in "abc"]
    for one in everybody[1:]:
        one.earlier = True
    pairs = compare(everybody).flagged
    assert [(p.first.name, p.second.name) for p in pairs] == [("a", "b"), ("a", "c")]


def test_a_group_holds_all_who_are_linked(gallery):
    texts = {"a": "ddpm.py", "b": "ddpm.py", "c": "unet.py", "d": "unet.py", "e": "cfg.py"}
    pairs = compare(
        [gallery.prints(name, {file: SOLUTION[file]}) for name, file in texts.items()]
    ).flagged
    found = groups(pairs)
    assert found["a"] == found["b"] != found["c"] == found["d"] and "e" not in found


def test_passages_hold_the_same_tokens_on_both_sides(gallery):
    first = gallery.prints("a", {"ddpm.py": SOLUTION["ddpm.py"]})
    second = gallery.prints("b", disguise({"x.py": SOLUTION["ddpm.py"]}, 1, rewrite=True))
    compared = compare([first, second])
    found = list(passages(first, second, compared))
    mine, other = first.sources["ddpm.py"].tokens.signs, second.sources["x.py"].tokens.signs
    assert len(found) > 3
    for p in found:
        there = other[p.other_start : p.other_start + p.length]
        assert p.length >= K and mine[p.start : p.start + p.length] == there
    shared = {i for p in found for i in range(p.start, p.start + p.length)}
    assert len(shared) == compared.pairs[0].shared or compared.pairs[0].owner is second


def test_a_file_shorter_than_a_gram_has_none():
    assert not grams_of(tokenise("x = 1", 100)).any()
