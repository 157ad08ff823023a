"""Report → the JSON document of `bnlint.report.document`, for machines.

ASCII only, everything else escaped: the bytes are the same in every locale and nothing in a name reaches a terminal.
The same report gives the same bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping

from bnlint import results
from bnlint.report import document as v1
from bnlint.report.about import About
from bnlint.report.document_parts import artifact_of, baseline_of, run_of, summary_of, tool, unused_of
from bnlint.report.escape import decodable


def render(report: results.Report, about: About | None = None) -> str:
    """Return ``report`` as one JSON object on one line: Python indents in Python, a third of a run's time."""
    return "".join(pieces(report, about))


def pieces(report: results.Report, about: About | None = None) -> Iterator[str]:
    """Return what `render` does piece by piece: artifacts one at a time, as they may be very many.

    The fields are those of `bnlint.report.document.Document`, in its order.
    """
    yield f'{{"schema_version": {v1.SCHEMA_VERSION}, "tool": {dumped(tool())}, "rules": {dumped(report.rules)}'
    yield ', "artifacts": ['
    for number, artifact in enumerate(report.artifacts):
        yield f"{', ' if number else ''}{dumped(artifact_of(artifact))}"
    yield '], "runs": ['
    for number, run in enumerate(report.runs):
        yield f"{', ' if number else ''}{dumped(run_of(run))}"
    yield f'], "baseline": {dumped(baseline_of(report))}, "unused_suppressions": {dumped(unused_of(report))}'
    yield f', "summary": {dumped(summary_of(report.summary))}'
    code, failures = (None, ()) if about is None else (about.exit_code, sorted(about.failures))
    yield f', "exit_code": {dumped(code)}, "failed_by": {dumped(failures)}}}\n'


def dumped(value: object) -> str:
    """Return ``value`` as JSON on one line, in ASCII."""
    return json.dumps(_plain(value), allow_nan=False)


def _plain(value: object) -> v1.Json:
    """Return ``value`` as JSON has it: floats to six significant digits, NaN and infinity as null."""
    if isinstance(value, str):
        return decodable(value)
    if isinstance(value, float):
        return float(f"{value:.6g}") + 0.0 if math.isfinite(value) else None  # + 0.0 makes -0.0 plain
    if isinstance(value, dict | Mapping):  # a plain dict is told at once, any other mapping slowly
        return {decodable(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    assert value is None or isinstance(value, bool | int), f"{type(value).__name__} is nothing that JSON has"
    return value
