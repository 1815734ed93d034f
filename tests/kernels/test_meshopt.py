"""The bitstreams of EXT_meshopt_compression: by hand, by a plain encoder, by meshoptimizer's own, and damaged ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rendersdg.errors import BadArgument
from rendersdg.kernels.meshopt import meshopt_indices, meshopt_triangles, meshopt_vertices


def bytes_of(*parts: bytes | list[int]) -> np.ndarray:
    return np.frombuffer(b"".join(bytes(p) for p in parts), np.uint8)


def zigzag(delta: int) -> int:
    return (delta << 1) ^ (delta >> 31) if delta >= 0 else ((-delta) << 1) - 1


def number(value: int) -> list[int]:
    out = []
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return [*out, value]


def plain_vertices(rows: np.ndarray) -> np.ndarray:
    """Return a stream of vertices (N, S) in which every byte is written as it is."""
    count, stride = rows.shape
    block = min((8192 // stride) & ~15, 256)
    parts: list[bytes | list[int]] = [[0xA0]]
    last = np.zeros(stride, np.uint8)
    for start in range(0, count, block):
        part = rows[start : start + block]
        groups = -(-len(part) // 16)
        for k in range(stride):
            deltas = np.diff(np.concatenate([last[k : k + 1], part[:, k]]).astype(np.int8)).astype(np.int8)
            coded = ((deltas.astype(np.int16) << 1) ^ (deltas.astype(np.int16) >> 15)).astype(np.uint8)
            parts += [[0xFF] * -(-groups // 4), np.pad(coded, (0, groups * 16 - len(coded))).tobytes()]
        last = part[-1]
    return bytes_of(*parts, [0] * max(32, stride))


def test_groups_of_each_width_are_unpacked() -> None:
    # one vertex of four bytes: none, two bits, four bits, eight bits; the first of two bits is its sentinel
    header = [[0], [1], [2], [3]]
    groups = [[], [0b11000000, 0, 0, 0, 6], [0x40, 0, 0, 0, 0, 0, 0, 0], [3, *[0] * 15]]
    stream = [x for pair in zip(header, groups) for x in pair]

    found = meshopt_vertices(bytes_of([0xA0], *stream, [0] * 28, [10, 20, 30, 40]), 1, 4)

    assert found.tolist() == [[10, 23, 32, 38]]  # the last four bytes, and 0, +3, +2, -2


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 600), st.sampled_from([4, 12, 16, 64])), elements=st.integers(0, 255))
)
def test_vertices_that_are_written_as_they_are_come_back(rows: np.ndarray) -> None:
    assert np.array_equal(meshopt_vertices(plain_vertices(rows), *rows.shape), rows)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), max_size=50))
def test_indices_that_are_written_as_differences_come_back(values: list[int]) -> None:
    last, parts = 0, []
    for value in values:
        delta = (value - last + 2**31) % 2**32 - 2**31
        parts += number(zigzag(delta) << 1 & 0xFFFFFFFFF)
        last = value
    if any(abs(b - a) >= 2**30 for a, b in zip([0, *values], values)):
        return  # a difference has 31 bits, beside the one that says whose it is

    assert meshopt_indices(bytes_of([0xD1], parts, [0] * 4), len(values)).tolist() == values


def test_triangles_by_hand() -> None:
    # three new vertices; over the edge 2-0, a new one; over the same, vertex 1 by its difference; then a reset
    codes = [0xF0, 0x00, 0x1F, 0xFE]
    stream = bytes_of([0xE1], codes, number(zigzag(1)), [0x00], [0] * 16)

    found = meshopt_triangles(stream, 4)

    assert found.tolist() == [[0, 1, 2], [0, 2, 3], [3, 2, 1], [0, 1, 2]]


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(np.uint32, st.tuples(st.integers(1, 60), st.just(3)), elements=st.integers(0, 2**28)))
def test_triangles_that_are_written_as_differences_come_back(rows: np.ndarray) -> None:
    last, data = 0, []
    for value in rows.astype(int).ravel().tolist():
        data.append(number(zigzag(value - last)))
        last = value
    parts: list[int] = []
    for k in range(0, len(data), 3):
        parts += [0xFF, *data[k], *data[k + 1], *data[k + 2]]

    stream = bytes_of([0xE1], [0xFF] * len(rows), parts, [0] * 16)

    assert np.array_equal(meshopt_triangles(stream, len(rows)), rows)


@pytest.mark.extra
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 400))
def test_streams_of_meshoptimizers_own_encoder_come_back(seed: int, count: int) -> None:
    foreign = pytest.importorskip("almeshopt")
    foreign.set_vertex_encoder_version(0)
    rng = np.random.default_rng(seed)
    points = np.cumsum(rng.normal(size=(count, 4)), axis=0).astype(np.float32)
    triangles = (np.arange(count - 2)[:, None] + np.arange(3)).astype(np.uint32)
    shuffled = triangles[rng.permutation(len(triangles))]

    vertices = np.frombuffer(foreign.encode_vertex_buffer(points), np.uint8)
    assert np.array_equal(meshopt_vertices(vertices, count, 16).view(np.float32), points)
    for faces in (triangles, shuffled, rng.integers(0, count, (count, 3)).astype(np.uint32)):
        stream = np.frombuffer(foreign.encode_index_buffer(faces.ravel(), count), np.uint8)
        expected = foreign.decode_index_buffer(stream.tobytes(), faces.size).reshape(-1, 3)
        assert np.array_equal(meshopt_triangles(stream, len(faces)), expected)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 100), st.sampled_from([0xA0, 0xE0, 0xE1, 0xD1]))
def test_damaged_streams_are_errors_or_numbers(data: bytes, count: int, first: int) -> None:
    stream = np.frombuffer(bytes([first]) + data, np.uint8)
    for decode in (lambda: meshopt_vertices(stream, count, 8), lambda: meshopt_triangles(stream, count),
                   lambda: meshopt_indices(stream, count)):  # fmt: skip
        try:
            decode()
        except BadArgument as error:
            assert "stream" in str(error)


@pytest.mark.parametrize(("count", "stride"), [(-1, 4), (1, 3), (1, 260), (1, 0), (10**9, 4)])
def test_sizes_that_cannot_be_are_refused(count: int, stride: int) -> None:
    with pytest.raises(BadArgument):
        meshopt_vertices(np.zeros(99, np.uint8), count, stride)
