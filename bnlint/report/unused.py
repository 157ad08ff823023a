"""Suppressions that hid nothing, for people: what to take out of the configuration, or to look at again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bnlint.report.page import Line, labelled
from bnlint.results import UnusedSuppression


def unused(suppressions: Iterable[UnusedSuppression], *, verbose: bool) -> Iterator[Line]:
    """Yield a line for each. Those whose path was not checked are of use elsewhere, as far as anybody knows."""
    for one in suppressions:
        if verbose or not one.is_elsewhere:
            yield labelled("unused", f'{one.source}, "{one.reason}": {one.why}')
