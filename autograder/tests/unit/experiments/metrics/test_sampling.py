"""Seeds of batches: never the same for two purposes."""

from autograder.experiments.metrics.sampling import PURPOSES, batch_seed


def test_the_guidance_is_never_chosen_on_the_noise_of_scored_samples():
    seeds = {
        purpose: {batch_seed(seed, purpose, n) for seed in range(50) for n in range(250)}
        for purpose in PURPOSES
    }
    assert len(set.union(*seeds.values())) == len(PURPOSES) * 50 * 250
    assert all(0 <= seed < 2**63 for seed in set.union(*seeds.values()))
