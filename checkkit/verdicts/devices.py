"""The verdict on code that ran on a second device."""

from ..runner import Text

# The evidence of `DeviceSpy`; code that mixes devices has raised an error before.
DEVICES = {"images_on": Text(), "conditions_on": Text(), "moved_to": Text()}


def assert_devices(evidence: dict, owner: str, conditions: bool = True) -> None:
    """The net got images on its own device, and the submission did not move it.

    Args:
        owner: of the device: "x_0" or "unet".
        conditions: time, class and mask have to be there too. Not so for a training loop: they are
            made by the loss that it calls.
    """
    other = f"but {'the net' if owner == 'unet' else owner} is on another device"
    assert not evidence["moved_to"], f"the caller's net was moved to {evidence['moved_to']}"
    assert not evidence["images_on"], f"the net received images on {evidence['images_on']}, {other}"
    assert not conditions or not evidence["conditions_on"], (
        f"the net received time, class or mask on {evidence['conditions_on']}, {other}"
    )
