"""Paths as relative references: without a scheme, without this machine, and nothing lost."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import pytest

from bnlint.report.locations import Place, newest, place_of
from bnlint.results import RunReport
from tests.report.hostile import NAMES

RELATIVE = re.compile(r"(?![A-Za-z][A-Za-z0-9+.\-]*:)(?!/)(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})+")
"""A relative reference with a path that is neither absolute nor empty: RFC 3986, appendix A."""


@pytest.mark.parametrize(
    ("path", "relative", "uri"),
    [
        ("model.ckpt-40", "model.ckpt-40", "model.ckpt-40"),
        ("./run//model.ckpt/", "run/model.ckpt", "run/model.ckpt"),
        ("run/../export", "export", "export"),
        ("/project/run/model.ckpt", "run/model.ckpt", "run/model.ckpt"),
        ("../project/run", "run", "run"),
        ("/project", ".", "."),
        ("", ".", "."),
        ("~/x", "~/x", "~/x"),
        ("a b%20#?", "a b%20#?", "a%20b%2520%23%3F"),
        ("lr=0.1,b=(2)/x", "lr=0.1,b=(2)/x", "lr=0.1,b=(2)/x"),
        ("x:y", "x:y", "./x:y"),
        ("d/x:y", "d/x:y", "d/x:y"),
        ("https:x", "https:x", "./https:x"),
        ("a\\b", "a\\b", "a%5Cb"),
        ("line\nbreak", "line\nbreak", "line%0Abreak"),
        ("模型", "模型", "%E6%A8%A1%E5%9E%8B"),
        ("byte\udcff", "byte\udcff", "byte%FF"),
        ("lone\ud800", "lone\ud800", "lone%ED%A0%80"),
        ("file:///project/x", "x", "x"),
    ],
)
def test_what_is_below_the_directory(path: str, relative: str, uri: str) -> None:
    place = place_of(path, "/project")
    assert (place.path, place.uri, place.is_inside, place.address) == (relative, uri, True, None)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/data/run/model.ckpt", "../data/run/model.ckpt"),
        ("../x", "../x"),
        ("..", ".."),
        ("/", ".."),
        ("//data/x", "../data/x"),
        ("/projects/x", "../projects/x"),
    ],
)
def test_what_is_elsewhere_on_the_disk(path: str, uri: str) -> None:
    place = place_of(path, "/project")
    assert (place.uri, place.is_inside, place.address) == (uri, False, None)


@pytest.mark.parametrize(
    ("url", "path", "uri"),
    [
        ("gs://bucket/x/model.ckpt", "bucket/x/model.ckpt", "bucket/x/model.ckpt"),
        ("https://example.org:8080/a b?c#d", "example.org:8080/a b?c#d", "./example.org:8080/a%20b%3Fc%23d"),
        ("memory:///x", "x", "x"),
        ("memory://", ".", "."),
        ("simplecache::gs://bucket/x", "bucket/x", "bucket/x"),
        ("simplecache::file:///x", "x", "x"),
        ("zip://inner::s3://bucket/x.zip", "inner::s3://bucket/x.zip", "./inner::s3://bucket/x.zip"),
    ],
)
def test_what_is_in_a_remote_store_keeps_its_address_beside_it(url: str, path: str, uri: str) -> None:
    place = place_of(url, "/project")
    assert (place.path, place.uri, place.is_inside, place.address) == (path, uri, False, url)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("before", ["", "dir/", "/elsewhere/", "gs://"])
def test_a_reference_is_always_relative_and_gives_the_path_back(before: str, name: str) -> None:
    place = place_of(f"{before}{name}", "/project")
    assert RELATIVE.fullmatch(place.uri)
    if name.encode("utf-8", "replace").decode() == name:  # bytes that are no text are in the table above
        assert unquote_to_bytes(place.uri.removeprefix("./")).decode() == place.path


def test_the_place_does_not_depend_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise OSError("asked where it is")

    with monkeypatch.context() as patched:
        patched.setattr("os.getcwd", nowhere)
        places = place_of("x", "project"), place_of("/project/x", "/project")
    assert places == (Place("x"), Place("x"))


def test_a_run_is_at_its_newest_checkpoint() -> None:
    assert newest(RunReport("m", ("m-1", "m-2"))) == "m-2"
    assert newest(RunReport("m", ())) == "m"
