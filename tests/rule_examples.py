"""The example of every rule's page: what bnlint prints for a fixture. ``python -m tests.rule_examples`` rewrites them.

Below the code that makes the mistake stands the command and the block of the rule, without what a page need not
repeat: the header, other blocks, the repair, what was skipped, the totals.
"""

from __future__ import annotations

import pathlib
import re
import sys
from collections.abc import Mapping

from click.testing import CliRunner

import bnlint.rules
from bnlint.cli import cli
from bnlint.rules.registry import find_rules
from tests.goldens import among_fixtures

EXAMPLES: Mapping[str, str] = {
    "BN101": "tf1.15/layers_unwired --select BN101",
    "BN102": "tf1.15/lstm_layers",
    "BN103": "tf1.15/diverged",
    "BN104": "tf1.15/statistics_learned --select BN104",
    "BN105": "tf1.15/underconverged",
    "BN106": "tf1.15/layers_half_wired --select BN106",
    "BN107": "tf1.15/batch_of_one",
    "BN108": "tf1.15/unscaled_images --verbose",
    "BN109": "tf2.21/archive_exchanged",
    "BN201": "tf1.15/saver_trainable_only",
    "BN202": "tf1.15/statistics_trainable",
    "BN203": "tf1.15/layers_axis_1",
    "BN204": "tf1.15/weight_averages --verbose",
    "BN301": "tf1.15/layers_unwired",
    "BN302": "tf1.15/keras_unregistered",
    "BN303": "tf1.15/layers_training_false",
    "BN304": "tf1.15/contrib_pair_outside_cond",
    "BN305": "tf1.15/contrib_only_decay_1",
    "BN306": "tf1.15/shared_50_updates",
    "BN401": "tf1.15/phase_1_after",
    "BN402": "tf1.15/phase_1_between",
    "BN403": "tf1.15/serving_training_mode",
    "BN501": "tf1.15/run_stalled --history --select BN501",
    "BN502": "tf1.15/run_drifting --history",
    "BN503": "tf1.15/run_reset --history --select BN503",
}
"""By rule: a fixture of which its page tells, and the options that make the rule lead a block."""

_MARGIN = " " * 4
_WIDTH = "76"
"""Such that the block and its margin fit into 80 columns, where `bnlint rule` shows them."""
_SECTION = re.compile(r"^## Example\n(.*?)\n+(?=^## )", re.MULTILINE | re.DOTALL)
_PROMPT = f"{_MARGIN}$ bnlint "


class NoExampleError(Exception):
    """A rule that is in no fixture, or whose block cannot stand in a docstring."""


def printed(code: str) -> str:
    """Return the command for ``code`` and the block that bnlint prints, with the margin of a page.

    Raises:
        NoExampleError: there is no such block.
    """
    if code not in EXAMPLES:
        raise NoExampleError(f"{code}: no fixture is named in tests/rule_examples.py")
    words = EXAMPLES[code]
    with among_fixtures():
        output = CliRunner().invoke(cli, ["check", *words.split()], env={"COLUMNS": _WIDTH}).stdout
    block = re.search(rf"^(?:error|warning|info) {code} .*?(?=\n  repair  |\n\n)", output, re.MULTILINE | re.DOTALL)
    if block is None:
        raise NoExampleError(f"{code}: bnlint check {words} prints no block that it leads")
    lines = [f"$ bnlint check fixtures/{words}", *block[0].split("\n")]
    example = "\n".join(_MARGIN + line for line in lines)
    if "\\" in example or '"""' in example:
        raise NoExampleError(f"{code}: what bnlint check {words} prints cannot stand in a docstring")
    return example


def shown(page: str) -> str:
    """Return what ``page`` shows of bnlint's output; empty where it shows none."""
    section = _SECTION.search(page)
    return _PROMPT + section[1].partition(_PROMPT)[2] if section and _PROMPT in section[1] else ""


def with_example(page: str, example: str) -> str:
    """Return ``page``, or a file that holds it, with ``example`` below the code of its section Example."""
    section = _SECTION.search(page)
    if section is None:
        raise NoExampleError("a page without a section Example")
    code = section[1].partition(_PROMPT)[0].rstrip("\n")
    return f"{page[: section.start(1)]}{code}\n\n{example}{page[section.end(1) :]}"


def source_of(code: str) -> pathlib.Path:
    """Return the file that holds the page of ``code``."""
    (rule,) = find_rules(code)
    return pathlib.Path(bnlint.rules.__path__[0]) / f"{code.lower()}_{rule.name.replace('-', '_')}.py"


def main() -> None:
    """Rewrite the example of every rule that has one."""
    failed = False
    for code in EXAMPLES:
        path = source_of(code)
        try:
            changed = with_example(path.read_text(encoding="utf-8"), printed(code))
        except NoExampleError as error:
            failed = True
            sys.stderr.write(f"{error}\n")
        else:
            path.write_text(changed, encoding="utf-8")
    sys.exit(failed)


if __name__ == "__main__":
    main()
