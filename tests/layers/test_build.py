from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from bnlint.artifacts.artifact import MetaGraph, Part
from bnlint.layers.build import build_subject
from bnlint.layers.layer import Variable
from bnlint.layers.predicates import at_init, is_frozen
from bnlint.layers.subject import Need, Subject
from bnlint.results import Step
from tests.graph.build import graph, variable
from tests.layers.artifacts import INIT, MOVED, STATISTICS, TRAINED, UNTOUCHED, artifact
from tests.layers.build import X, averages, fused, meta, moments, normalized, parameters, save, statistics, trained

NET = (*X, *statistics(), *parameters(), *moments(), *averages(), *normalized("n", "m/mean", "m/variance"))
TRAINS = (*NET, *trained("n/out"))
UNWIRED = meta(graph(*TRAINS))

NOT_SERVED = {Need.SERVING: "a training checkpoint has no serving signature"}


def built(values: Mapping[str, object], about: MetaGraph | None = None) -> Subject:
    made, _ = artifact(values, about)
    return build_subject(made).subject


def states(about: Subject) -> str:
    """Return for every variable of the only layer whether it is at init: ``=`` yes, ``!`` no, ``?`` nobody knows."""
    (layer,) = about.layers
    return "".join({True: "=", False: "!", None: "?"}[at_init(v)] for v in layer.variables)


@pytest.mark.parametrize("about", [UNWIRED, None], ids=["graph", "names"])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (INIT | UNTOUCHED, "===="),
        (INIT | TRAINED, "!!=="),
        (MOVED | TRAINED, "!!!!"),
        (MOVED | UNTOUCHED, "==!!"),
    ],
)
def test_values_meet_their_initial_values(values: dict[str, object], about: MetaGraph | None, expected: str) -> None:
    subject = built(values, about)
    assert states(subject) == expected
    assert subject.layers[0].name == "bn"
    assert [v.is_saved for v in subject.layers[0].variables] == [True] * 4
    assert subject.name == "model.ckpt-40"


def test_without_a_graph_nothing_is_known_but_names_and_values() -> None:
    subject = built(INIT | TRAINED)
    (layer,) = subject.layers
    assert (layer.applications, layer.updates) == ((), ())
    assert {v.is_trainable for v in layer.variables} == {None}
    assert subject.missing == dict.fromkeys((Need.GRAPH, Need.TRAINING, Need.STRUCTURE, Need.SERVING), "no .meta")


def test_averages_of_moments_start_at_0_without_a_graph_too() -> None:
    ema = "ExponentialMovingAverage"
    keys = (f"bn/moments/Squeeze/{ema}", f"bn/moments/Squeeze_1/{ema}")
    assert is_frozen(built({keys[0]: [0.0] * 3, keys[1]: [0.0] * 3}).layers[0]) is True
    assert is_frozen(built({keys[0]: [0.0] * 3, keys[1]: [1.0] * 3}).layers[0]) is False


def test_keys_of_an_object_graph_are_found_by_name() -> None:
    suffix = "/.ATTRIBUTES/VARIABLE_VALUE"
    values = {f"{key.replace('bn', 'model/bn')}{suffix}": value for key, value in (INIT | TRAINED).items()}
    subject = built({**values, "_CHECKPOINTABLE_OBJECT_GRAPH": b"proto"})
    assert states(subject) == "!!=="
    assert (subject.layers[0].name, subject.framework) == ("model/bn", "tf2")
    assert built(INIT).framework == "tf1"


def test_layers_are_named_by_their_scope_where_that_is_unique_and_else_by_their_mean() -> None:
    shared = ("s/moving_mean", "s/moving_variance", "s/moving_mean_1", "s/moving_variance_1")
    values = {
        name: [0.0] * 3
        for name in (*shared, "moving_mean", "moving_variance", "other/moving_mean", "other/moving_variance")
    }
    names = [layer.name for layer in built(values).layers]
    assert sorted(names) == ["moving_mean", "other", "s/moving_mean", "s/moving_mean_1"]


# What is read


def test_only_the_layers_and_the_clocks_are_read_where_they_say_enough() -> None:
    values = {**INIT, **TRAINED, "global_step": 40, "kernel": np.zeros((9, 9)), "bn/gamma/Adam": [0.0] * 3}
    made, reader = artifact(values, UNWIRED)
    subject = build_subject(made).subject
    assert reader.asked == [["bn/beta", "bn/gamma", *STATISTICS, "global_step"]]
    assert subject.step == Step(40, "global_step")
    assert subject.step is not None
    assert subject.step.value == 40


def test_every_clock_that_can_be_read_says_something() -> None:
    values = {**INIT, **TRAINED, "global_step": 0, "beta2_power": 0.0, "beta2_power_1": 0.999**41, "iterations": -1}
    subject = built(values)
    assert subject.step == Step(40, "beta2_power_1")
    assert subject.clocks == (
        Step(0, "global_step"),
        Step(87000, "beta2_power", is_least=True),
        Step(40, "beta2_power_1"),
    )


def test_a_statistic_knows_how_it_is_averaged() -> None:
    values = {**MOVED, "bn/bn/moving_mean/biased": [0.5, 1, 2], "bn/bn/moving_mean/local_step": 40.0}
    (layer,) = built(values).layers
    assert (layer.moving_mean.is_debiased, layer.moving_variance.is_debiased) == (True, False)
    assert layer.moving_mean.local_step == Step(40, "bn/bn/moving_mean/local_step")


def test_slots_are_read_only_of_parameters_that_are_at_init() -> None:
    values = {
        **INIT,
        **UNTOUCHED,
        "bn/beta": [0.1] * 3,
        **{f"bn/{p}/{s}": [0.0, 0.5, 0] for p in ("gamma", "beta") for s in ("Adam", "Adam_1")},
    }
    made, reader = artifact(values, UNWIRED)
    (layer,) = build_subject(made).subject.layers
    assert reader.asked[1:] == [["bn/gamma/Adam", "bn/gamma/Adam_1"]]
    assert layer.gamma is not None
    assert layer.beta is not None
    assert (layer.gamma.slots_moved, layer.beta.slots_moved) == (True, None)


@pytest.mark.parametrize(
    ("slot", "value", "moved"),
    [
        ("Adam", 0.5, True),
        ("Momentum", 0.5, True),
        ("RMSProp_1", 0.5, True),
        ("Adam", 0.0, False),
        ("Adagrad", 0.1, None),
        ("RMSProp", 1.0, None),
        ("ExponentialMovingAverage", 1.0, None),
    ],
)
def test_slots_that_start_at_0_prove_training(slot: str, value: float, moved: bool | None) -> None:  # noqa: FBT001
    subject = built({**INIT, **UNTOUCHED, f"bn/gamma/{slot}": [value] * 3}, UNWIRED)
    gamma = subject.layers[0].gamma
    assert gamma is not None
    assert gamma.slots_moved is moved


def test_what_is_damaged_is_a_problem_said_once_and_the_rest_is_read() -> None:
    made, _ = artifact(INIT | TRAINED, UNWIRED, damaged=["bn/moving_mean"])
    subject, problems, _ = build_subject(made)
    assert [p.message for p in problems] == ["bn/moving_mean is damaged"]
    assert states(subject) == "!!?="
    assert Need.VALUES not in subject.missing


# What is missing


def test_without_values_nothing_is_read() -> None:
    made, reader = artifact(INIT | TRAINED, UNWIRED, absent={Part.VALUES: "no .data"})
    subject = build_subject(made).subject
    assert reader.asked == []
    assert states(subject) == "????"
    assert subject.missing == {Need.VALUES: "no .data", **NOT_SERVED}
    assert subject.trained.is_trained is None


def test_without_an_index_the_saver_says_what_was_saved() -> None:
    lines = (*TRAINS, *save("s/SaveV2", "bn/gamma", "bn/beta"))
    made, reader = artifact(
        {}, meta(graph(*lines), saver="s/SaveV2"), absent={Part.NAMES: "no .index", Part.VALUES: "no .index"}
    )
    subject = build_subject(made).subject
    assert reader.asked == []
    assert [v.is_saved for v in subject.layers[0].variables] == [True, True, False, False]
    assert subject.missing == {Need.NAMES: "no .index", Need.VALUES: "no .index", **NOT_SERVED}
    assert subject.saver == "s/SaveV2"


def test_without_index_and_saver_nobody_knows_what_was_saved() -> None:
    made, _ = artifact({}, UNWIRED, absent={Part.NAMES: "no .index", Part.VALUES: "no .data"})
    subject = build_subject(made).subject
    assert [v.is_saved for v in subject.layers[0].variables] == [None] * 4
    assert subject.missing == {Need.NAMES: "no .index", Need.VALUES: "no .data", **NOT_SERVED}


def test_values_that_are_all_unreadable_are_missing() -> None:
    made, _ = artifact(INIT, UNWIRED, damaged=STATISTICS)
    assert build_subject(made).subject.missing == {
        Need.VALUES: "none of the layers' values could be read",
        **NOT_SERVED,
    }


def test_a_graph_that_does_not_train_is_missing_its_training() -> None:
    subject = built(MOVED | TRAINED, meta(graph(*NET)))
    assert subject.missing == {Need.TRAINING: "no optimizer applies gradients in the graph", **NOT_SERVED}


def test_an_artifact_without_layers_lacks_nothing() -> None:
    subject = built({"w": [1.0]}, meta(graph("w VariableV2")))
    assert subject.layers == ()
    assert Need.VALUES not in subject.missing


# Which layers were saved


def test_statistics_that_were_left_out_are_sought_in_siblings() -> None:
    asked: list[list[str]] = []

    def search(names: object) -> Mapping[str, str]:
        assert isinstance(names, list)
        asked.append(names)
        return {"bn/moving_mean": "full.ckpt-40"}

    made, _ = artifact(TRAINED, UNWIRED, elsewhere=search)
    subject = build_subject(made).subject
    assert [v.is_saved for v in subject.layers[0].variables] == [True, True, False, False]
    assert asked == [STATISTICS]
    assert subject.elsewhere == {"bn/moving_mean": "full.ckpt-40"}


def test_a_layer_that_is_wholly_absent_was_not_meant_to_be_saved() -> None:
    assert built({"w": [1.0]}, UNWIRED).layers == ()


PLAIN = (
    *X, *statistics(), *variable("w", shape="(3,3)"), "y MatMul x w/read", *moments(data="y"), *averages(),
    "a Add m/variance epsilon", "r Rsqrt a", "d Sub y m/mean", "n Mul r d",
)  # fmt: skip


@pytest.mark.parametrize(("saved", "layers"), [({"w": np.ones((3, 3))}, 1), ({"other": [1.0]}, 0)])
def test_a_layer_without_scale_and_offset_was_saved_if_the_network_that_feeds_it_was(
    saved: dict[str, object], layers: int
) -> None:
    assert len(built(saved, meta(graph(*PLAIN))).layers) == layers


def test_the_joint_is_sought_for_frozen_layers_alone() -> None:
    wired = meta(graph(*TRAINS, "step NoOp ^train ^bn/Avg ^bn/Avg_1"))

    def joints(values: dict[str, object]) -> set[str | None]:
        return {u.joint for u in built(values, wired).layers[0].updates}

    assert joints(INIT | TRAINED) == {"step"}
    assert joints(MOVED | TRAINED) == {None}


def test_a_layer_applied_by_a_fused_op_is_built_alike() -> None:
    lines = (*X, *statistics(), *parameters(), fused("f", training=False), *trained("f"))
    (layer,) = built(INIT | TRAINED, meta(graph(*lines))).layers
    assert [a.mode.value for a in layer.applications] == ["inference"]
    assert isinstance(layer.moving_mean, Variable)
