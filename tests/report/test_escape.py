"""Hostile names come out escaped."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.report.escape import decodable, inert, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("conv1/bn", "conv1/bn"),
        ("größe/批", "größe/批"),
        ("a b", "a b"),
        ("[bold]", "[bold]"),
        ("C:\\x", "C:\\x"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\r\t", "a\\nb\\r\\t"),
        ("\x9b1m", "\\x9b1m"),
        ("\u202eevil", "\\u202eevil"),
        ("\u2028", "\\u2028"),
        (b"\xff\x80".decode("utf-8", "surrogateescape"), "\\xff\\x80"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a/b:0, c: d ::", "a/b:0, c: d ::"),
        ("::error file=x::y", ":\\x3aerror file=x:\\x3ay"),
        ("a\n::set-env name=x::y", "a\\n:\\x3aset-env name=x:\\x3ay"),
        ("##[error]x ##vso[task.x]y ##teamcity[z]", "#\\x23[error]x #\\x23vso[task.x]y #\\x23teamcity[z]"),
        ("## A heading [1]", "## A heading [1]"),
    ],
)
def test_inert(text: str, shown: str) -> None:
    assert inert(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("plain\n\x1b", "plain\n\x1b"), ("größe", "größe"), ("ü\udcff", "ü\\xff"), ("\udfff", "\\udfff")],
)
def test_decodable(text: str, shown: str) -> None:
    assert decodable(text) == shown


@given(st.text(st.characters(codec=None)))
def test_nothing_that_acts_or_cannot_be_encoded_is_left(text: str) -> None:
    decodable(text).encode()
    assert not {unicodedata.category(c) for c in visible(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
