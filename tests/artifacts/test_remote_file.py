"""Which ranges are asked for, for what is read."""

from __future__ import annotations

import random

import pytest

from bnlint.artifacts import remote_file
from bnlint.artifacts.remote_file import LARGE, PAGE, Pages, RemoteFile
from bnlint.formats.errors import FormatError

DATA = random.Random(0).randbytes(100 * PAGE + 123)


class Store:
    """Keeps the ranges that were fetched."""

    def __init__(self, data=DATA):
        self.data = data
        self.fetched = []

    def __call__(self, start, end):
        self.fetched.append((start, end))
        return self.data[start:end]

    @property
    def sent(self):
        return sum(end - start for start, end in self.fetched)

    def file(self, pages=None, at_once=1):
        return RemoteFile(self, len(self.data), pages, at_once)


@pytest.mark.parametrize("offset", [0, 1, PAGE - 1, PAGE, 50 * PAGE + 7, len(DATA) - 130])
@pytest.mark.parametrize("length", [0, 1, 130, PAGE, LARGE, LARGE + 1, len(DATA)])
def test_exactly_what_is_asked_for(offset, length):
    store = Store()
    file = store.file()
    for _ in range(2):
        if offset + length > len(DATA):
            with pytest.raises(FormatError):
                file.read(offset, length)
        else:
            assert file.read(offset, length) == DATA[offset : offset + length]
    assert store.sent <= max(2 * length, length + 2 * PAGE)


def test_like_the_bytes_whatever_was_read_before():
    rng = random.Random(1)
    for _ in range(20):
        file = Store().file()
        file.prefetch([(rng.randrange(len(DATA) - 999), rng.randrange(999)) for _ in range(9)])
        for _ in range(200):
            offset = rng.randrange(len(DATA))
            length = min(rng.choice([1, 100, PAGE, 3 * PAGE, LARGE + 5]), len(DATA) - offset)
            assert file.read(offset, length) == DATA[offset : offset + length]


def test_pages_stay_when_the_file_is_opened_again():
    store, pages = Store(), Pages()
    for _ in range(2):
        file = store.file(pages)
        file.read(5, 10)
        file.read(20 * PAGE - 1, 2)
        file.close()
    assert store.fetched == [(0, PAGE), (19 * PAGE, 21 * PAGE)]


def test_the_more_is_wanted_of_a_file_the_more_is_read_around_it():
    store = Store()
    file = store.file()
    for page in random.Random(2).sample(range(100), 100):
        file.read(page * PAGE, 10)
    sizes = [(end - start) // PAGE for start, end in store.fetched]
    assert sizes[:4] == [1] * 4
    assert len(sizes) <= 20
    assert max(sizes) > 5
    assert store.sent <= len(DATA)


def test_few_pages_are_remembered(monkeypatch):
    monkeypatch.setattr(remote_file, "_MOST_PAGES", 10)
    store, pages = Store(), Pages()
    file = store.file(pages)
    for page in range(98):
        assert file.read(page * PAGE + 9, 2 * PAGE) == DATA[page * PAGE + 9 :][: 2 * PAGE]
        assert len(pages.held) <= 10


def test_neighbours_are_fetched_together_ahead():
    store = Store()
    file = store.file()
    wanted = [(100, 50), (150, 50), (300, 10), (120, 5), (9 * PAGE, 7), (0, 0), (20 * PAGE, LARGE + 1)]
    file.prefetch(wanted)
    assert store.fetched == [(100, 310), (9 * PAGE, 9 * PAGE + 7)]
    for offset, length in wanted[:-1]:
        assert file.read(offset, length) == DATA[offset : offset + length]
    assert len(store.fetched) == 2
    file.close()
    file.read(100, 50)
    assert len(store.fetched) == 3


@pytest.mark.parametrize("bad", [(len(DATA) - 5, 6), (-1, 3), (1 << 70, 9), (5, -1)])
def test_what_is_not_in_the_file_is_not_fetched_ahead(bad):
    store = Store()
    store.file().prefetch([bad])
    assert store.fetched == []


def test_never_too_much_ahead(monkeypatch):
    monkeypatch.setattr(remote_file, "MOST_AHEAD", 3 * PAGE)
    store = Store()
    store.file().prefetch((page * PAGE, PAGE) for page in range(100))
    assert store.sent <= 3 * PAGE


def test_what_fails_ahead_fails_where_it_is_read():
    def fetch(start, end):
        raise OSError("gone")

    file = RemoteFile(fetch, 10_000, at_once=4)
    file.prefetch([(0, 10), (9000, 10)])
    with pytest.raises(OSError, match="gone"):
        file.read(0, 10)


def test_a_range_that_comes_short_is_an_error():
    with pytest.raises(OSError, match="the store sent 3 bytes instead of 4096 from offset 0"):
        RemoteFile(lambda start, end: b"abc", 10_000).read(0, 10)
