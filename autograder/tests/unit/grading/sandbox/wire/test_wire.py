"""Messages survive the way there and back; bytes that we did not write are refused."""

import json
import random
import struct

import numpy as np
import pytest

from autograder.grading.sandbox.replies import evidence_of, read_reply
from autograder.grading.sandbox.wire import (
    PREFIX,
    FrameCaps,
    WireError,
    frame_sizes,
    pack,
    tensors,
    unpack,
)
from checkkit.runner import Array, CheckFailed, Flag, Number, Text
from checkkit.runner.outcomes import ProtocolBroken, SubmissionProblem, SubmissionRaised

CAPS = FrameCaps(header=2**16, body=2**20)
TOKEN = "0123456789abcdef"
RAISED = {
    "kind": "raised",
    "type": "E",
    "text": "",
    "stub": False,
    "frames": [],
    "crash": ["f.py", 1, "x = 1", "", ["f"]],
}
RETURNS = {
    "images": Array((2, 3)),
    "mask": Array((4,), "bool"),
    "loss": Number(finite=False),
    "eval": Flag(),
    "text": Text(),
}


def split(frame):
    """Header and body of a frame."""
    header, body = frame_sizes(frame[: PREFIX.size], CAPS)
    assert len(frame) == PREFIX.size + header + body
    return frame[PREFIX.size : PREFIX.size + header], frame[PREFIX.size + header :]


def honest_reply():
    return pack(
        {
            "token": TOKEN,
            "changed": ["gradients"],
            "kind": "evidence",
            "values": {
                "images": np.arange(6, dtype=np.float32).reshape(2, 3),
                "mask": np.array([True, False, True, True]),
                "loss": float("nan"),
                "eval": True,
                "text": "ddpm\n",
            },
        }
    )


def safetensors(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_a_tree_of_every_kind_survives():
    tree = {
        "nothing": None,
        "pair": (1, -2.5, [True, "ü\n"]),
        3: {"deep": ({},)},
        "special": [float("inf"), 2**63 - 1],
    }
    assert unpack(*split(pack(tree))) == tree


@pytest.mark.parametrize("dtype", [str(dtype) for dtype in tensors.NAMES])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (2, 3)])
def test_arrays_survive(dtype, shape):
    array = np.ones(shape, dtype)[..., ::-1] if shape else np.ones(shape, dtype)
    (back,) = unpack(*split(pack([array])))
    assert (back.dtype, back.shape) == (array.dtype, shape)
    np.testing.assert_array_equal(back, array)


def test_an_array_that_came_back_can_be_written_to():
    (back,) = unpack(*split(pack([np.zeros(3)])))
    back += 1
    assert back.sum() == 3


@pytest.mark.parametrize("value", [np.zeros(2, "complex64"), np.zeros(2, object), {1, 2}, object()])
def test_what_cannot_travel_is_refused_by_the_sender(value):
    with pytest.raises(TypeError, match="travel"):
        pack({"value": value})


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{",
        b"\xff",
        b"NaN",
        b"[Infinity]",
        b"1e999",
        b"9223372036854775808",
        b"9" * 5000,
        b'{"dict":[],"dict":[]}',
        b"[" * 20000,
        b"[" * 17 + b"]" * 17,
        b'{"huge":2}',
        b'{"huge":true}',
        b'{"float":"1.5"}',
        b'{"tensor":0}',
        b'{"other":1}',
        b'{"dict":[["a",1],["a",2]]}',
        b'{"dict":[[["a"],1]]}',
        b'{"dict":[["a"]]}',
        b'{"tuple":1}',
        b"{}",
    ],
)
def test_headers_that_we_do_not_write_are_refused(header):
    with pytest.raises(WireError):
        unpack(header, b"")


@pytest.mark.parametrize(
    "blob",
    [
        b"1234",
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 3) + b"{}",
        safetensors([]),
        safetensors(b'{"0":{},"0":{}}'),
        safetensors({"0": entry([1], 0, 4)}),
        safetensors({"0": entry([10**18, 0], 0, 0)}),
        safetensors({"0": entry([2**40, 2**40, 0], 0, 0)}),
        safetensors({"0": entry([1] * 9, 0, 4)}, bytes(4)),
        safetensors({"0": entry([-1], 0, 4)}, bytes(4)),
        safetensors({"0": entry([True], 0, 4)}, bytes(4)),
        safetensors({"0": entry([1.0], 0, 4)}, bytes(4)),
        safetensors({"0": entry([1], 0, 8)}, bytes(8)),
        safetensors({"0": entry([1], 4, 8)}, bytes(8)),
        safetensors({"0": entry([1], 0, 4), "1": entry([1], 0, 4)}, bytes(4)),
        safetensors({"0": entry([1], 0, 4), "1": entry([1], 8, 12)}, bytes(12)),
        safetensors({"0": entry([1], 0, 4)}, bytes(5)),
        safetensors({"0": entry([1], 0, 8, "C64")}, bytes(8)),
        safetensors({"0": entry([1], 0, 1, "F8_E4M3")}, bytes(1)),
        safetensors({"0": entry([1], 0, 2, "BF16")}, bytes(2)),
        safetensors({"0": entry([1], 0, 1, "BOOL")}, b"\x02"),
        safetensors({"0": {**entry([1], 0, 4), "more": 1}}, bytes(4)),
        safetensors({"__metadata__": {"format": "pt"}}),
        safetensors({str(n): entry([0], 0, 0) for n in range(257)}),
        safetensors(b"{}" + b" " * 2**16),
    ],
)
def test_tensors_that_we_do_not_write_are_refused(blob):
    with pytest.raises(WireError):
        tensors.load(blob)


def test_tensors_that_nothing_refers_to_are_refused():
    with pytest.raises(WireError, match="nothing refers"):
        unpack(b"[]", tensors.dump([np.zeros(1)]))


@pytest.mark.parametrize(
    "prefix",
    [
        PREFIX.pack(b"HTTP", 1, 1),
        PREFIX.pack(b"DFS1", CAPS.header + 1, 0),
        PREFIX.pack(b"DFS1", 0, CAPS.body + 1),
    ],
)
def test_a_prefix_of_anything_else_is_refused(prefix):
    with pytest.raises(WireError):
        frame_sizes(prefix, CAPS)


def test_an_honest_reply_is_evidence():
    evidence = evidence_of(read_reply(*split(honest_reply()), TOKEN), RETURNS)
    assert evidence["images"].sum() == 15
    assert evidence["text"] == "ddpm\n"


@pytest.mark.parametrize(
    "message",
    [
        {"token": "another"},
        {"token": None},
        {"changed": "gradients"},
        {"changed": [1]},
        {"kind": "passed"},
        {"kind": "hello"},
        {"values": []},
        {"kind": "refused"},
        {"kind": "raised"},
        RAISED | {"stub": 0},
        RAISED | {"frames": [["f.py", "1", "g", ""]]},
        RAISED | {"frames": [1]},
        RAISED | {"crash": None},
        RAISED | {"crash": []},
        RAISED | {"crash": ["f.py", "1", "x = 1", "", []]},
        RAISED | {"crash": ["f.py", 1, "x = 1", 2, []]},
        RAISED | {"crash": ["f.py", 1, "x = 1", ""]},
        RAISED | {"crash": ["f.py", 1, "x = 1", "", [1]]},
    ],
)
def test_a_malformed_reply_breaks_the_protocol(message):
    whole = {"token": TOKEN, "changed": [], "kind": "evidence", "values": {}} | message
    with pytest.raises(ProtocolBroken):
        evidence_of(read_reply(*split(pack(whole)), TOKEN), {})


def test_a_well_formed_exception_is_told():
    whole = {"token": TOKEN, "changed": []} | RAISED
    with pytest.raises(SubmissionRaised, match=r"^f\.py, line 1: x = 1\nE: $"):
        evidence_of(read_reply(*split(pack(whole)), TOKEN), {})


def test_no_mutation_of_a_reply_causes_anything_but_a_verdict():
    draw = random.Random(5)
    broken = 0
    for _ in range(6000):
        header, body = (mutated(part, draw) for part in split(honest_reply()))
        try:
            evidence_of(read_reply(header, body, TOKEN), RETURNS)
        except (CheckFailed, SubmissionProblem):
            broken += 1
    assert 3000 < broken < 6000  # most mutations break it; some (of the data) do not


def mutated(part, draw):
    """Flip, cut, double, insert: a few times, or (one time in three) not at all."""
    part = bytearray(part)
    for _ in range(draw.choice([0, 1, 3])):
        place = draw.randrange(len(part) + 1)
        length = draw.randrange(1, 20)
        match draw.randrange(5):
            case 0 if place < len(part):
                part[place] = draw.randrange(256)
            case 1:
                del part[place : place + length]
            case 2:
                part[place:place] = part[place : place + length]
            case 3:
                part[place:place] = draw.choice(
                    [b"[", b"{", b"1e999", b"NaN", b"9" * 30, b'"', b"-"]
                )
            case 4 if place < len(part) and chr(part[place]).isdigit():
                part[place] = draw.choice(b"0123456789-")
    return bytes(part)
