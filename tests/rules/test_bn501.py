from __future__ import annotations

from dataclasses import replace

import pytest

from bnlint.findings import Severity, Skipped
from bnlint.layers.course import Course, LayerCourse
from bnlint.layers.layer import Dialect, Layer
from bnlint.layers.subject import Need
from bnlint.rules.diagnose import diagnose
from bnlint.rules.registry import find_rules
from tests.layers.runs import course, pair
from tests.rules.build import (
    ABSENT,
    INFERENCE,
    MOVED,
    OFF,
    PHASED,
    PHASED_UNREGISTERED,
    PHASED_WIRED,
    SWITCHED,
    TRAINING,
    UNREGISTERED,
    UNWIRED,
    WIRED,
    layer,
    subject,
    update,
)
from tests.rules.runs import beside, check, look

STAYED = "stayed bit for bit the same while the layer was trained"
BOTH = f"{STAYED}: the updates got lost, or training goes on in inference mode to keep them"
LATER = f"{STAYED}, for a time"
SAME = "two checkpoints hold the same: gamma, beta, statistics and the weights that were compared"
UPDATED = layer(updates=UNWIRED)

TABLE: dict[str, tuple[Course, str]] = {
    "stalled": (course(layer(), pair("wp")), f"warning medium: {BOTH}"),
    "stalled, and the graph has update ops": (course(UPDATED, pair("wp")), f"warning high: {BOTH}"),
    "stalled after it moved": (course(UPDATED, pair("wps"), pair("wp")), f"warning high: {BOTH}"),
    "stalled, then the same state once more": (course(UPDATED, pair("wp"), pair("w")), f"warning high: {BOTH}"),
    "stalled, then moving": (course(UPDATED, pair("wp"), pair("wps")), f"info high: {LATER}"),
    "stalled, then drifting": (course(UPDATED, pair("wp"), pair("s")), f"info high: {LATER}"),
    "gamma alone moved": (course(layer(), pair("g")), f"warning medium: {BOTH}"),
    "no gamma and beta, the kernel moved": (
        course(layer(parameters=ABSENT), pair("w", lacks="p")),
        f"warning medium: {BOTH}",
    ),
    "fine-tuning in inference mode": (course(layer((), (), INFERENCE), pair("wp")), "info high: in inference mode"),
    "fine-tuning in inference mode, beside a copy": (
        course(layer((), (), INFERENCE, OFF + INFERENCE), pair("wp")),
        "info high: in inference mode",
    ),
    "fine-tuning in inference mode, beside the template of Keras": (
        course(layer((), (), INFERENCE, OFF + PHASED, updates=PHASED_UNREGISTERED), pair("wp")),
        "info high: in inference mode",
    ),
    "in inference mode, and updates of its own": (
        course(layer((), (), INFERENCE, updates=UNWIRED), pair("wp")),
        f"warning high: {BOTH}",
    ),
    "inference uses batch statistics": (
        course(layer((), (), TRAINING, OFF + TRAINING, updates=UNWIRED), pair("wp")),
        f"info medium: {STAYED}; inference uses batch statistics",
    ),
    "an inference copy beside one that trains": (
        course(layer((), (), TRAINING, OFF + INFERENCE, updates=UNWIRED), pair("wp")),
        f"warning high: {BOTH}",
    ),
    "a copy in inference mode on the training path": (
        course(layer((), (), TRAINING, INFERENCE), pair("wp")),
        f"warning medium: {BOTH}",
    ),
    "the mode is chosen": (course(layer((), (), SWITCHED, updates=UNWIRED), pair("wp")), f"warning high: {BOTH}"),
    "trainable false in the configuration": (course(layer(flag=False), pair("wp")), "info high: not trainable"),
    "gamma and beta not trainable": (course(layer(trainable=False), pair("wp")), "info high: not trainable"),
    "training=False in the configuration": (
        course(replace(layer(), declared_training=False), pair("wp")),
        "info high: the model calls it with training=False",
    ),
    "training=True in the configuration": (
        course(replace(layer(), declared_training=True), pair("wp")),
        f"warning medium: {BOTH}",
    ),
    # traps
    "training": (course(UPDATED, pair("wps"), pair("wps")), ""),
    "from step 0 on": (course(UPDATED, pair("wps", was=True)), ""),
    "frozen from the start, which is BN101's": (course(UPDATED, pair("wp", was=True, now=True)), ""),
    "batch norm frozen": (course(UPDATED, pair("w")), ""),
    "a frozen base below a head": (course(layer(), pair("w", own=False)), ""),
    "a frozen base without gamma and beta": (
        course(layer(parameters=ABSENT), pair("w", lacks="p", own=False)),
        "skipped: neither gamma nor beta",
    ),
    "drifting": (course(UPDATED, pair("s")), ""),
    "a target network that is copied now and then": (course(layer(), pair(), pair("wps"), pair(), pair("wps")), ""),
    "a target network of which the trainables alone are copied": (
        course(layer(), pair(), pair("wp"), pair()),
        f"warning medium: {BOTH}",
    ),
    "one of two networks of a GAN rests": (course(layer(), pair(), weights="w"), ""),
    "reset": (course(UPDATED, pair("wps", now=True)), ""),
    "a layer that is new": (course(layer(), None), "skipped: could not be compared"),
    "statistics that could not be read": (course(layer(), pair("wp", lacks="s")), "skipped: could not be compared"),
    "one pair of two could be read": (course(layer(), pair("wp", lacks="s"), pair("wps")), ""),
    # the same state twice
    "the same twice": (course(layer(), pair(), steps=(10, 10)), f"info high: {SAME}"),
    "the same twice, in a long run": (
        course(layer(), pair("wps"), pair(), pair("wps"), steps=(1, 2, 2, 3)),
        f"info high: {SAME}",
    ),
    "the same three times is said once": (course(layer(), pair(), pair(), steps=(None,) * 3), f"info high: {SAME}"),
    "the same but for the step": (course(layer(), pair(), steps=(10, 20)), ""),
    "the same, and other weights moved": (course(layer(), pair(), weights="w", steps=(10, 10)), ""),
    "the same, no other weights known": (course(layer(), pair(lacks="w"), steps=(10, 10)), f"info high: {SAME}"),
}


@pytest.mark.parametrize(("about", "expected"), TABLE.values(), ids=TABLE)
def test_bn501(about: Course, expected: str) -> None:
    check("BN501", about, expected)


def test_the_evidence_says_between_which_checkpoints_and_how_far() -> None:
    (finding,) = look("BN501", course(layer(), pair("wps"), pair("wp"), pair("wg"))).findings
    assert finding.evidence == {
        "between": "model.ckpt-2 and model.ckpt-4",
        "pairs": 2,
        "compared": 3,
        "gamma_shift": 0.5,
        "beta_shift": 0.5,
        "weights_shift": 0.25,
    }
    assert [r.name for r in finding.related] == ["bn/moving_mean", "bn/moving_variance"]


def test_checkpoints_of_one_name_are_told_apart_by_their_paths() -> None:
    about = course(layer(), pair("wp"))
    checkpoints = tuple(one._replace(name="model.ckpt") for one in about.checkpoints)
    (finding,) = look("BN501", replace(about, checkpoints=checkpoints)).findings
    assert finding.evidence["between"] == "run/model.ckpt-1 and run/model.ckpt-2"


def test_the_repair_is_in_the_words_of_who_wrote_it() -> None:
    wired = layer(MOVED, MOVED, TRAINING, updates=WIRED)
    (graph,) = look("BN501", course(wired, pair("wp"))).findings
    assert "tf.GraphKeys.UPDATE_OPS" in graph.repair
    unwired = layer(MOVED, MOVED, TRAINING, updates=UNWIRED)
    (caused,) = look("BN501", course(unwired, pair("wp"))).findings
    assert caused.repair.startswith("# repair the cause first: BN301\n")
    assert "control_dependencies" not in caused.repair
    (eager,) = look("BN501", course(layer(dialect=Dialect.EAGER), pair("wp"))).findings
    assert "model(images, training=True)" in eager.repair
    (kept,) = look("BN501", course(layer(flag=False), pair("wp"))).findings
    assert kept.repair == ""


@pytest.mark.parametrize(
    ("about", "code", "then"),
    [
        (layer((), (), TRAINING, updates=UNREGISTERED), "BN302", "sess.run(update_ops"),
        (layer((), (), TRAINING, updates=WIRED, variance_updates=UNWIRED), "BN301", "sess.run(update_ops"),
        (layer((), (), TRAINING, updates=(update(wired=True, momentum=1.0),)), "BN305", "sess.run(update_ops"),
        (layer((), (), PHASED, updates=PHASED_WIRED), "BN401", "train on"),
        (layer((), (), PHASED, TRAINING, updates=PHASED_WIRED), "BN402", "train on"),
        (layer((), (), PHASED, updates=PHASED_UNREGISTERED), "BN401, BN302", "train on"),
    ],
)
def test_the_repair_names_the_cause_that_the_graph_shows(about: Layer, code: str, then: str) -> None:
    (finding,) = look("BN501", course(about, pair("wp"))).findings
    assert finding.repair.startswith(f"# repair the cause first: {code}\n")
    assert then in finding.repair
    assert "control_dependencies" not in finding.repair


def test_update_ops_of_a_graph_that_does_not_train_are_no_cause() -> None:
    about = layer((), (), OFF + SWITCHED, optimized=None, updates=UNREGISTERED)
    (finding,) = look("BN501", course(about, pair("wp"))).findings
    assert "cause" not in finding.repair


def test_one_layer_that_moved_and_the_state_is_not_the_same() -> None:
    about = course(layer(), pair(), steps=(10, 10))
    assert look("BN501", beside(about, LayerCourse(layer(name="other"), (pair("wps"),)))).findings == ()


def test_that_a_state_was_saved_twice_is_said_once_and_of_no_layer() -> None:
    about = course(layer(), pair(), pair("wps"), steps=(10, 10, 20))
    found = look("BN501", beside(about, LayerCourse(layer(name="other"), (pair(), pair("wps"))))).findings
    assert [(f.layer, f.severity, f.evidence) for f in found] == [
        (None, Severity.INFO, {"between": "model.ckpt-1 and model.ckpt-2", "pairs": 1})
    ]


def test_alone_it_is_skipped_for_want_of_values_before_that_of_others() -> None:
    about = subject(layer(), missing=[Need.VALUES])
    assert diagnose(about, find_rules("BN501")).skipped == (Skipped("BN501", "no values"),)
