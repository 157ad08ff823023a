"""A report in which everything that comes from a file or a user is hostile to some format."""

from __future__ import annotations

from bnlint.findings import Confidence, Finding, Problem, Related, Severity, Skipped, Suppression, SuppressionKind
from bnlint.report.about import About
from bnlint.results import (
    ArtifactReport,
    Distribution,
    LayerChange,
    LayerReport,
    PairReport,
    Report,
    Resolved,
    RunReport,
    Shift,
    Step,
    TensorSummary,
    UnusedSuppression,
)
from bnlint.rules.registry import RULES

NAMES = (
    "[bold red]rich[/bold red][link=https://evil.example]x[/link]",
    "<script>window.hacked = true</script><img src=x onerror='window.hacked=1'>",
    '"><b>bold</b></td></table><!-- -->]]><![CDATA[ &amp; & &#0;',
    "</script></style></textarea></title><svg onload=window.hacked=1>",
    "{{ 7 * 7 }}{% raw %}${{ github.token }}",
    "\x1b[31mred\x1b[0m\x1b]8;;https://evil.example\x07link\x1b]8;;\x07\x9b31m",
    "line\nbreak\r\n::error file=forged::forged\rback",
    "%0A::warning::forged%0D%25,title=a:b",
    "| pipe | `tick` ``` fence **bold** [link](https://evil.example) @everyone #1 :smile: ~~x~~ \\|",
    "\n```\n# heading\n</details>\n",
    "nul\x00 bell\x07 del\x7f nel\x85 ls\u2028 ps\u2029 bom\ufeff ffff\uffff",
    "right\u202eto\u202cleft\u200b",
    "bytes \udcff\udcfe\udc80 lone \ud800",
    'quotes \' " ` \\ \\n \\" backslash\\',
    '=HYPERLINK("https://evil.example")',
    "../../etc/passwd /abs C:\\win file:///x javascript:window.hacked=1 a:b?c#d%20e",
    "emoji \U0001f600 and combining e\u0301",
    "long/" + "x" * 3000,
    "",
    " ",
)
"""Names of layers, variables, ops, files and runs."""
ROLES = ("gamma", "beta", "moving_mean", "moving_variance")


def hostile() -> tuple[Report, About]:
    """Return the report, and what a format may tell beside it."""
    artifacts = tuple(_artifact(number, name) for number, name in enumerate(NAMES))
    unread = tuple(
        ArtifactReport(f"unread{name}", None, "unknown", None, problems=(Problem(f"unread{name}", f"is {name}"),))
        for name in NAMES
    )
    report = Report(
        artifacts=(*artifacts, *unread),
        runs=tuple(_run(name) for name in NAMES),
        rules=tuple(rule.code for rule in RULES),
        baseline=f"baseline{NAMES[1]}",
        resolved=tuple(Resolved("0123456789abcdef", "BN101", name, name, 1) for name in NAMES),
        unused=tuple(UnusedSuppression(name, ("BN101",), name, name, name, name) for name in NAMES),
    )
    return report, About(tuple(RULES), failures=frozenset({"fail_on"}), exit_code=2, directory="/project")


def _finding(rule: str, severity: Severity, name: str, suppressed: Suppression | None = None) -> Finding:
    return Finding(
        rule=rule,
        name={r.code: r.name for r in RULES}[rule],
        severity=severity,
        confidence=Confidence.MEDIUM,
        layer=name,
        message=f"message of {name}",
        repair=f"# repair of\n{name}",
        fingerprint="fedcba9876543210",
        evidence={"text": name, name: (1.5, float("nan"), name), "channels": 4},
        related=(Related("variable", f"{name}/moving_mean", f"note of {name}"), Related("op", name, name)),
        suppressed=suppressed,
    )


def _layer(name: str) -> LayerReport:
    return LayerReport(
        name=name,
        channels=4,
        variables={role: f"{name}/{role}" for role in ROLES},
        momentum=0.99,
        epsilon=0.001,
        statistics={role: TensorSummary(None, None, None, 4, None) for role in ROLES[:1]}
        | {role: TensorSummary(-1.0, 0.0, 1e30, 1, 0) for role in ROLES[1:]},
        wired={"moving_mean": True, "moving_variance": None},
        modes={"training": 1, "inference": 0, "switched": 0, "learning-phase": 0},
        shapes=dict.fromkeys(ROLES, (4,)),
        distributions={"beta": Distribution(-1.0, 1.0, (0, 3, 1)), "moving_mean": Distribution(0.0, 0.0, (4,))},
    )


def _artifact(number: int, name: str) -> ArtifactReport:
    why = (None, Suppression(f"reason {name}"), Suppression(f"in the baseline {name}", SuppressionKind.BASELINE))
    return ArtifactReport(
        path=f"dir{name}/model.ckpt-{number}",
        format="tensor-bundle",
        framework="tf1",
        trained=True,
        name=f"{name}-{number}",
        tensorflow=name,
        trained_by=f"{name} says so",
        step=Step(number, name),
        clocks=(Step(number, name),),
        layers=(_layer(name), _layer(f"{name}2")),
        findings=(
            _finding("BN101", Severity.ERROR, name, why[number % 3]),
            _finding("BN108", Severity.INFO, f"{name}2"),
        ),
        skipped=(Skipped("BN301", f"there is no {name}.meta", is_part_absent=True), Skipped("BN302", name, (name,))),
        problems=(Problem(f"{name}.meta", f"offset 3: expected {name}"),),
        notes=(f"note {name}",),
        ignored=("BN305",),
    )


def _run(name: str) -> RunReport:
    shifts = {
        "moving_mean": Shift(has_moved=True, distance=0.5),
        "moving_variance": Shift(has_moved=True, distance=None),
    }
    paths = tuple(f"dir{name}/model.ckpt-{number}" for number in (1, 2))
    return RunReport(
        name=name,
        artifacts=paths,
        findings=(_finding("BN501", Severity.WARNING, name),),
        pairs=(PairReport(paths[0], paths[1], (LayerChange(name, "stalled", shifts),), (name,), (name,)),),
        skipped=(Skipped("BN502", name),),
        notes=(name,),
    )
