"""The verdict on code that was tried on another device than the usual one."""

from tests.seam import Text

# What a probe with `tests.spies.devices` brings back; mixing devices raises there and then.
DEVICES = {"given_on": Text(), "moved_to": Text()}


def judge_devices(seen: dict, whose: str) -> None:
    """The net got images on its own device, and nobody tried to move it."""
    assert not seen["moved_to"], f"the caller's net was moved to {seen['moved_to']}"
    assert not seen["given_on"], (
        f"the net was given images on {seen['given_on']}, but {whose} lives on another device"
    )
