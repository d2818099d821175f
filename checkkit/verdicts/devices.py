"""The verdict on code that was tried on another device than the usual one."""

from ..runner import Text

# What a probe with `checkkit.spies.devices` brings back; mixing devices raises there and then.
DEVICES = {"given_on": Text(), "told_on": Text(), "moved_to": Text()}


def assert_devices(seen: dict, whose: str, told: bool = True) -> None:
    """The net got images on its own device, and nobody tried to move it.

    Args:
        whose: whose device it is, in the words of the message.
        told: time, class and mask have to be there too. A training loop is not asked: what the net
            is told is the business of the loss that it calls.
    """
    assert not seen["moved_to"], f"the caller's net was moved to {seen['moved_to']}"
    assert not seen["given_on"], (
        f"the net was given images on {seen['given_on']}, but {whose} lives on another device"
    )
    assert not told or not seen["told_on"], (
        f"the net was told time, class or mask on {seen['told_on']}, but {whose} lives on another "
        "device"
    )
