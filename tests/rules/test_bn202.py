from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Skipped
from bnlint.layers.layer import Dialect, Layer, Variable
from bnlint.layers.subject import Need, Subject
from bnlint.rules.diagnose import diagnose
from bnlint.rules.registry import RULES
from tests.rules.build import INIT, MOVED, NO_GRAPH, UNSAVED, Table, check, layer, look, subject

SLOTS = ("bn/moving_mean/Adam", "bn/moving_mean/Adam_1")
BOTH = "the moving statistics are trainable"


def known(
    *,
    trainable: bool | None = None,
    optimized: bool | None = None,
    slots: tuple[str, ...] = (),
    of: str = "mean variance",
    dialect: Dialect = Dialect.TF_LAYERS,
) -> Layer:
    """Return a layer with this known of the statistics called ``of``; the other one is no weight."""

    def change(statistic: Variable, role: str) -> Variable:
        if role not in of:
            return replace(statistic, is_trainable=None if trainable is None else False)
        return replace(statistic, is_trainable=trainable, is_optimized=optimized, slots=slots)

    about = layer(dialect=dialect)
    return replace(
        about,
        moving_mean=change(about.moving_mean, "mean"),
        moving_variance=change(about.moving_variance, "variance"),
    )


def averaged(about: Layer) -> Layer:
    return about.mapped(lambda v: replace(v, shadow=f"{v.name}/ExponentialMovingAverage"))


TRAINABLE = known(trainable=True, optimized=False)
TRAINED = known(trainable=True, optimized=True)
NEVER = known(trainable=False, optimized=False)
WITH_SLOTS = known(slots=SLOTS)

TABLE: Table = {
    "trainable, and no gradient reaches them": (subject(TRAINABLE), f"warning medium: {BOTH}: no gradient reaches"),
    "an optimizer applies gradients": (subject(TRAINED), f"warning high: {BOTH}: an optimizer applies gradients"),
    "the mean alone": (
        subject(known(trainable=True, optimized=True, of="mean")),
        "warning high: the moving mean is trainable: an",
    ),
    "the variance alone": (
        subject(known(trainable=True, optimized=False, of="variance")),
        "warning medium: the moving variance is train",
    ),
    "trained, and in no collection": (
        subject(known(trainable=False, optimized=True)),
        "warning high: the moving statistics are in the hands of an optimizer: an optimizer applies gradients",
    ),
    "slots in the save": (
        subject(WITH_SLOTS, missing=NO_GRAPH),
        "warning high: the moving statistics are in the hands of an optimizer: an optimizer has slots",
    ),
    "slots of one": (
        subject(known(slots=SLOTS, of="mean"), missing=NO_GRAPH),
        "warning high: the moving mean is in the hands of an optimizer",
    ),
    "a list of what is trained": (
        subject(known(trainable=True), missing=NO_GRAPH),
        f"warning medium: {BOTH}: no gradient reaches",
    ),
    "nothing trains": (
        subject(known(trainable=True), missing=[Need.TRAINING]),
        f"info medium: {BOTH}; nothing in the artifact trains",
    ),
    "nothing trains any more, but slots are there": (
        subject(known(trainable=True, slots=SLOTS), missing=[Need.TRAINING]),
        f"warning high: {BOTH}: an optimizer has slots",
    ),
    "before training": (subject(TRAINABLE, trained=False), f"warning medium: {BOTH}"),
    "not trainable": (subject(NEVER), ""),
    "not trainable, at init": (subject(layer(INIT)), ""),
    "averages of weights are no slots": (subject(averaged(NEVER)), ""),
    "not saved": (subject(layer(UNSAVED)), ""),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn202(about: Subject, expected: str) -> None:
    check("BN202", about, expected)


@pytest.mark.parametrize(
    ("dialect", "part"),
    [
        (Dialect.ASSIGN, "pop_mean = tf.Variable(tf.zeros([channels]), trainable=False)"),
        (Dialect.UNKNOWN, "pop_mean = tf.Variable(tf.zeros([channels]), trainable=False)"),
        (Dialect.TF_LAYERS, "var_list=tf.trainable_variables()"),
        (Dialect.SLIM, "var_list=tf.trainable_variables()"),
        (Dialect.EAGER, 'name="moving_mean", shape=(channels,), initializer="zeros", trainable=False'),
    ],
)
def test_the_repair_is_in_the_words_of_the_dialect(dialect: Dialect, part: str) -> None:
    (finding,) = look("BN202", subject(known(trainable=True, optimized=True, dialect=dialect))).findings
    assert part in finding.repair


def mixed(mean: Variable, variance: Variable) -> Subject:
    return subject(replace(layer(), moving_mean=mean, moving_variance=variance))


def statistic(*, trainable: bool | None = False, optimized: bool = False, slots: tuple[str, ...] = ()) -> Variable:
    return Variable("s", is_trainable=trainable, is_optimized=optimized, slots=slots)


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (
            mixed(statistic(trainable=True, optimized=True), statistic(trainable=True)),
            f"warning high: {BOTH}: an optimizer applies gradients",
        ),
        (mixed(statistic(trainable=True), statistic(slots=SLOTS)), f"warning high: {BOTH}: an optimizer has slots"),
        (mixed(statistic(), statistic(trainable=True)), "warning medium: the moving variance is trainable: no"),
    ],
    ids=["gradients reach one", "one has slots", "one is trainable"],
)
def test_one_statistic_may_differ_from_the_other(about: Subject, expected: str) -> None:
    check("BN202", about, expected)


def test_one_of_which_nothing_is_known_is_enough_to_be_skipped() -> None:
    assert look("BN202", mixed(statistic(), statistic(trainable=None))).skipped


def test_an_info_has_no_repair() -> None:
    (finding,) = look("BN202", subject(TRAINABLE, missing=[Need.TRAINING])).findings
    assert not finding.repair


def test_the_evidence_names_variables_and_slots() -> None:
    (finding,) = look("BN202", subject(known(trainable=True, slots=SLOTS, of="mean"))).findings
    assert finding.evidence == {"trainable": ("bn/moving_mean",), "slots": SLOTS}
    assert [(r.name, r.note) for r in finding.related] == [("bn/moving_mean", "trainable")]


def test_what_only_has_slots_is_not_called_trainable() -> None:
    (finding,) = look("BN202", mixed(statistic(trainable=True), statistic(slots=SLOTS))).findings
    assert finding.evidence == {"trainable": ("s",), "slots": SLOTS}
    assert {r.note for r in finding.related} == {"trainable"}


def test_it_explains_a_negative_variance() -> None:
    about = layer(MOVED, variance=[1.0, -1.0, 2.0])
    about = replace(about, moving_variance=replace(about.moving_variance, is_optimized=True, is_trainable=True))
    by_rule = {f.rule: f for f in diagnose(subject(about), RULES).findings}
    assert by_rule["BN104"].causes == (by_rule["BN202"].fingerprint,)


def test_where_nothing_tells_the_layer_is_skipped() -> None:
    about = subject(known(), missing=NO_GRAPH)
    assert look("BN202", about).skipped == (Skipped("BN202", "no graph", ("bn",)),)
    absent = replace(about, absent=frozenset({Need.GRAPH}))
    assert look("BN202", absent).skipped == (Skipped("BN202", "no graph", ("bn",), is_part_absent=True),)
    unsaid = Skipped("BN202", "nothing says which variables are trainable", ("bn",))
    assert look("BN202", subject(known())).skipped == (unsaid,)


def test_without_slots_they_may_be_trainable_all_the_same() -> None:
    about = known()
    assert about.gamma is not None
    about = replace(about, gamma=replace(about.gamma, slots=("bn/gamma/Adam",)))
    skipped = look("BN202", subject(about, missing=NO_GRAPH)).skipped
    assert skipped == (Skipped("BN202", "no graph", ("bn",)),)
