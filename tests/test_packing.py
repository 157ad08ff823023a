"""Sequences that lie packed: they are what a tuple of the same would be, and take little memory."""

from __future__ import annotations

import copy
import pickle
import tempfile
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bnlint import packing
from bnlint.packing import FEW, Shelf, packed

SIZES = (0, 1, FEW, FEW + 1, 500)


@pytest.fixture(params=["in memory", "in a file", "where no file can be written"])
def memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have little memory, with and without a place for temporary files."""
    if request.param != "in memory":
        monkeypatch.setattr(packing, "MEMORY", 300)
    if request.param == "where no file can be written":
        monkeypatch.setattr(tempfile, "TemporaryFile", full)


def full(**_: object) -> Any:
    raise OSError(28, "No space left on device")


def items(count: int) -> list[tuple[int, str]]:
    return [(number, "x" * (number % 50)) for number in range(count)]


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("size", SIZES)
def test_it_is_as_a_tuple(size: int) -> None:
    expected = tuple(items(size))
    found = packed(iter(expected))
    assert tuple(found) == expected
    assert len(found) == size
    assert found == expected
    assert expected == found
    assert found == packed(expected)
    assert hash(found) == hash(expected)
    assert found[size // 4 : size : 3] == expected[size // 4 : size : 3]
    assert [found[number] for number in range(-size, size)] == [*expected, *expected]
    for beyond in (size, -size - 1):
        with pytest.raises(IndexError):
            found[beyond]


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("travel", [lambda found: pickle.loads(pickle.dumps(found)), copy.deepcopy])
def test_it_travels(size: int, travel: Callable[[Any], Any]) -> None:
    expected = tuple(items(size))
    assert travel(packed(expected)) == expected


def test_what_differs_is_not_equal() -> None:
    many = items(100)
    assert packed(many) != tuple(many[:-1])
    assert packed(many) != packed([*many[:-1], (99, "other")])
    assert packed(many) != many


def test_a_disk_that_fills_up_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MEMORY", 300)

    class Filling:
        """A file with room for little, and writes that stop halfway."""

        def __init__(self, **_: object) -> None:
            self.real = real(buffering=0)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

        def write(self, data: bytes) -> int:
            if self.real.tell() > 2000:
                raise OSError(28, "No space left on device")
            return int(self.real.write(data[:100]))

    real = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", Filling)
    assert packed(items(500)) == tuple(items(500))


def test_several_threads_may_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MEMORY", 300)
    found, expected = packed(items(300)), tuple(items(300))
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(tuple(found) == expected)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 4


def test_memory_does_not_grow_with_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MEMORY", 10_000)

    def many(count: int) -> Iterator[list[int]]:
        return ([number] * 500 for number in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            for _ in packed(many(count)):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(4000) < peak(400) + 60_000


@pytest.mark.usefixtures("memory")
def test_a_shelf_gives_back_what_was_put_there() -> None:
    shelf = Shelf[tuple[int, str]]()
    put = items(40)
    for number in range(0, 40, 2):
        shelf.put(number, put[number])
    assert [number in shelf for number in range(4)] == [True, False, True, False]
    assert [shelf.take(number) for number in (38, 0, 20, 0)] == [put[number] for number in (38, 0, 20, 0)]
