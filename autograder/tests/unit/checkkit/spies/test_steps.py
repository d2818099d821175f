"""Whatever the order of its calls, a sampler's steps and images are told apart."""

import pytest
import torch

from checkkit.spies.steps import Steps

T, N = 4, 3


def all_at_once(call, x):
    for t in range(T, 0, -1):
        call(t, x[t], 1)
        call(t, x[t].flip(0), 0)


def image_by_image(call, x):
    for t in range(T, 0, -1):
        for i in range(N):
            call(t, x[t, i : i + 1], 1)
            call(t, x[t, i : i + 1], 0)


def chain_by_chain(call, x):
    for i in range(N):
        for t in range(T, 0, -1):
            call(t, x[t, i : i + 1].repeat(2, 1, 1, 1), [1, 0])


def chains_of_two(call, x):
    for part in (slice(0, 2), slice(2, 3)):
        for t in range(T, 0, -1):
            call(t, x[t, part], 1)
            call(t, x[t, part], 0)


@pytest.mark.parametrize("same_start", [False, True], ids=["", "one x_T for all"])
@pytest.mark.parametrize(
    "order", [all_at_once, image_by_image, chain_by_chain, chains_of_two], ids=lambda f: f.__name__
)
def test_every_image_is_found_in_its_step(order, same_start):
    if same_start and order is image_by_image:
        pytest.skip("equal images one after the other look like one image")
    x = torch.rand(T + 1, N, 1, 2, 2)
    if same_start:
        x[T] = x[T, 0]
    steps, found = Steps(N), set()

    def call(t, rows, keep):
        keep = torch.as_tensor(keep).expand(len(rows))
        number, images = steps.find(rows, t / T, keep)
        assert number == T - t
        for row, i in zip(rows, images, strict=True):
            assert torch.equal(row, x[t, i])
        found.update((number, i, bool(k)) for i, k in zip(images, keep, strict=True))

    order(call, x)
    assert len(found) == T * N * 2
    assert torch.equal(torch.stack([step.state for step in steps.all]), x[1:].flip(0))


def test_more_steps_than_times_are_counted():
    steps = Steps(N)
    numbers = [steps.find(torch.rand(N, 1, 2, 2), 1.0, torch.ones(N))[0] for _ in range(3)]
    assert numbers == [0, 1, 2]


def test_one_x_at_two_times_is_one_step():
    steps, x = Steps(N), torch.rand(N, 1, 2, 2)
    assert steps.find(x, 1.0, torch.ones(N)) == (0, [0, 1, 2])
    assert steps.find(x, 0.0, torch.zeros(N)) == (0, [0, 1, 2])
