"""Task denoiser: `add_noise` and `denoising_loss` of diffusion/denoiser.py."""

import numpy as np
import pytest

from checkkit.mistakes.denoising import denoising_target_mistake, strength_mistake
from checkkit.mistakes.distributions import uniform_mistake
from checkkit.mistakes.forward_process import weight_mistake
from checkkit.runner import Array, CheckFailed, Flag, Integer, expect
from checkkit.spies.denoiser import DenoiserSpy
from checkkit.spies.devices import DeviceSpy, SecondDevice, put_elsewhere
from checkkit.verdicts.devices import DEVICES, assert_devices
from checkkit.verdicts.losses import assert_has_gradient
from checkkit.verdicts.noise import assert_normal_noise
from checkkit.verdicts.pictures import SIGMAS, a_digit
from checkkit.verdicts.statistics import ALARM, mean_square_p

pytestmark = pytest.mark.task("denoiser")

CALLS = ("the first call", "the second call")


def probe_add_noise(diffusion, *, x, sigma):
    untouched = x.clone()
    z_1 = diffusion.denoiser.add_noise(x, sigma)
    z_2 = diffusion.denoiser.add_noise(untouched, sigma)
    return {"z": z_1, "z_again": z_2, "x_after": x}


def probe_loss(diffusion, *, x, sigma, train_mode):
    spy = DenoiserSpy().train(train_mode)
    loss = diffusion.denoiser.denoising_loss(spy, x, sigma)
    evidence = spy.evidence(loss)
    return {
        "loss": evidence["loss"],
        "z": evidence["x_t"],
        "out": evidence["out"],
        "grad": evidence["grad"],
        "gradient_reaches_net": evidence["gradient_reaches_net"],
        "calls_in_train_mode": evidence["calls_in_train_mode"],
        "mode_after": spy.training,
        "x_after": x,
    }


def probe_second_device(diffusion, *, x, sigma):
    spy = DeviceSpy()
    with SecondDevice("x"):
        diffusion.denoiser.denoising_loss(spy, put_elsewhere(x), sigma)
    return spy.evidence()


def images(rng, n=16, channels=1):
    return rng.random((n, channels, 28, 28), dtype=np.float32)


def run_add_noise(submission, x, sigma):
    """The results of two calls of add_noise."""
    names = ("z", "z_again", "x_after")
    returns = {name: Array(x.shape) for name in names}
    return submission.run(probe_add_noise, returns=returns, x=x, sigma=sigma)


def run_denoising_loss(submission, x, sigma, train_mode=True):
    """One call of denoising_loss: the net's input z, its answer, and the gradient there."""
    return submission.run(
        probe_loss,
        returns={
            "loss": Array(()),
            **{name: Array(x.shape) for name in ("z", "out", "grad", "x_after")},
            "gradient_reaches_net": Flag(),
            "calls_in_train_mode": Integer(),
            "mode_after": Flag(),
        },
        x=x,
        sigma=sigma,
        train_mode=train_mode,
    )


def assert_strength(z, x, sigma):
    """z - x, divided by sigma, has mean square 1; false-fail rate 1e-7."""
    eps = (np.float64(z) - x) / sigma
    if not mean_square_p(eps) >= ALARM:
        clipped = (
            " (your z stays in [0, 1]: do not clip it)" if z.min() >= 0 and z.max() <= 1 else ""
        )
        raise CheckFailed(
            f"z - x has root mean square {sigma * np.sqrt(np.mean(eps**2)):.4f}, expected sigma = "
            f"{sigma}{clipped}",
            uniform_mistake(eps)
            or strength_mistake(z.astype(np.float64), x.astype(np.float64), sigma),
        )
    return eps


def test_noise_has_standard_deviation_sigma(submission, rng, exhibits):
    """add_noise returns z with z - x of standard deviation sigma, and nothing is clipped to [0,
    1].
    """
    strip = [run_add_noise(submission, a_digit()[None, None], s)["z"][0, 0] for s in SIGMAS]
    captions = [f"{sigma:g}" for sigma in SIGMAS]
    exhibits.images("A digit with your noise, by sigma", np.stack(strip), captions)
    for sigma, channels in ((0.2, 1), (0.9, 3)):
        x = images(rng, channels=channels)
        assert_strength(run_add_noise(submission, x, sigma)["z"], x, sigma)


def test_noise_is_normal_and_fresh(submission, rng):
    """The noise is normal with mean 0, independent from pixel to pixel, image to image and call
    to call.

    torch.randn_like draws exactly that.
    """
    x, sigma = images(rng), 0.5
    evidence = run_add_noise(submission, x, sigma)
    eps = np.stack([(np.float64(evidence[k][:, 0]) - x[:, 0]) / sigma for k in ("z", "z_again")])
    assert_normal_noise("the noise that add_noise adds", eps, CALLS)


@pytest.mark.supporting
def test_without_noise_nothing_changes(submission, rng):
    """sigma = 0 returns the images unchanged, and add_noise never changes its argument x."""
    x = images(rng, 2)
    clean = run_add_noise(submission, x, 0.0)["z"]
    assert np.abs(clean - x).max() <= 1e-6, (
        f"with sigma = 0, z differs from x by up to {np.abs(clean - x).max():.3g}, expected 0"
    )
    after = run_add_noise(submission, x, 0.5)["x_after"]
    assert np.abs(after - x).max() <= 0, "add_noise changes its argument x in place"


def test_loss_compares_the_answer_with_the_clean_image(submission, rng):
    """denoising_loss is the mean over all pixels of (unet(z) - x)^2, with the clean image x as
    its target.

    The mean is over images, channels and pixels alike, as nn.functional.mse_loss takes it.
    """
    for n, channels in ((5, 3), (1, 1)):
        x = images(rng, n, channels)
        evidence = run_denoising_loss(submission, x, 0.5)
        out, grad = (evidence[name].astype(np.float64) for name in ("out", "grad"))
        loss = float(evidence["loss"])
        assert_has_gradient(evidence["gradient_reaches_net"], grad)
        k = np.sum(grad**2) / (4 * loss)  # the loss is k times the sum of squares
        target = out - grad / (2 * k)
        expect(
            np.abs(evidence["x_after"] - x).max() <= 0,
            "the loss changes its argument x, the target, in place",
        )
        if not np.abs(target - x).max() <= 1e-3:
            mistake = denoising_target_mistake(target, x, evidence["z"].astype(np.float64), 0.5)
            raise CheckFailed("the loss does not compare the answer with x", mistake)
        if not abs(k * x.size - 1) <= 1e-3:
            raise CheckFailed(
                f"the loss is {k * x.size:.4g} times the mean squared error of a batch of shape "
                f"{x.shape}, expected the mean itself",
                weight_mistake(k * x.size, x.shape),
            )


def test_net_is_given_the_noisy_image(submission, rng):
    """The net gets z = x + sigma * eps, with new noise in every call and the given sigma."""
    x, sigma = images(rng), 0.7
    runs = [run_denoising_loss(submission, x, sigma)["z"] for _ in CALLS]
    assert np.abs(runs[0] - x).max() > 0, (
        "the net received the clean image x, expected z = x + sigma * eps"
    )
    eps = assert_strength(np.stack(runs), np.stack([x, x]), sigma)
    assert_normal_noise("the noise in the input of the net", eps[:, :, 0], CALLS)


@pytest.mark.supporting
def test_loss_leaves_mode_and_images_alone(submission, rng):
    """denoising_loss calls the net in the mode it is in, train or eval, and changes neither mode
    nor x.
    """
    x = images(rng, 2)
    for train_mode in (True, False):
        evidence = run_denoising_loss(submission, x, 0.5, train_mode)
        mode = "train" if train_mode else "eval"
        assert evidence["mode_after"] == train_mode == bool(evidence["calls_in_train_mode"]), (
            f"the loss changed the mode of a net in {mode} mode"
        )
        assert np.abs(evidence["x_after"] - x).max() <= 0, "denoising_loss changes its argument x"


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_x(submission, rng):
    """The noise and z are on the device of x, whichever it is; name no device yourself."""
    x = images(rng, 2)
    assert_devices(submission.run(probe_second_device, returns=DEVICES, x=x, sigma=0.5), "x")
