"""Where layers come from when there is more than a training graph: records, serving graphs, names; each layer once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bnlint.artifacts.artifact import LayerRecord, MetaGraph, Part, SavedVariable
from bnlint.artifacts.keras_inbound import Fed
from bnlint.layers.build import build_subject
from bnlint.layers.layer import Dialect, Feeder, Layer
from bnlint.layers.predicates import is_frozen
from bnlint.layers.subject import Need, Subject
from tests.graph.build import graph
from tests.layers.artifacts import INIT, MOVED, TRAINED, UNTOUCHED, artifact
from tests.layers.build import X, meta, normalized, parameters, statistics

ROLES = ("gamma", "beta", "moving_mean", "moving_variance")
RECORD = LayerRecord("net/bn_a", {role: f"bn/{role}" for role in ROLES}, "BatchNormalization", {"momentum": 0.9})
DENSE = LayerRecord("net/out", {"kernel": "out/kernel", "bias": "out/bias"}, "Dense")
NO_GRAPH = {Part.GRAPH: "a Keras file holds no graph"}
NET = (*X, *normalized("n", "bn/moving_mean", "bn/moving_variance"))
TRAINING_GRAPH = meta(graph(*NET, *statistics(), *parameters()), "bn/gamma bn/beta")
SERVED = tuple(node for node in (*NET, *statistics(), *parameters()) if " Assign " not in node)
SERVING_GRAPH = MetaGraph(graph(*SERVED), is_serving=True)


def built(
    values: Mapping[str, object],
    *records: LayerRecord,
    graph: MetaGraph | None = None,
    full_names: Mapping[str, str] | None = None,
    slots: Mapping[str, tuple[str, ...]] | None = None,
) -> Subject:
    made, _ = artifact(values, graph)
    saved = {
        key: SavedVariable(key, v.dtype, v.shape, (full_names or {}).get(key)) for key, v in (made.saved or {}).items()
    }
    without = {} if graph is not None else NO_GRAPH
    made = replace(made, saved=saved, records=records, slots=slots or {}, absent={}, without=without)
    return build_subject(made).subject


def only(subject: Subject) -> Layer:
    (layer,) = subject.layers
    return layer


def test_a_recorded_layer_has_the_configuration_and_the_values() -> None:
    layer = only(built(INIT | TRAINED, RECORD))
    assert (layer.name, layer.momentum, layer.dialect) == ("net/bn_a", 0.9, Dialect.EAGER)
    assert is_frozen(layer) is True


def test_what_feeds_a_layer_stands_in_the_configuration_where_the_graph_does_not_say_it() -> None:
    record = RECORD._replace(fed_by=Fed("c", "Dense", {"units": 3}))
    for about in (None, SERVING_GRAPH):
        layer = only(built(INIT | TRAINED, record, graph=about))
        assert layer.feeder == Feeder("c", "c/kernel", 3, (None, 3))


def test_the_mode_that_a_layer_is_called_in_stands_in_the_configuration_alone() -> None:
    record = RECORD._replace(training=False)
    for about in (None, SERVING_GRAPH):
        assert only(built(INIT | TRAINED, record, graph=about)).declared_training is False


def test_what_was_recorded_is_not_found_by_name_again() -> None:
    assert len(built(INIT | TRAINED, RECORD).layers) == 1


def test_what_no_record_knows_is_found_by_name() -> None:
    other = {key.replace("bn/", "other/"): value for key, value in (INIT | TRAINED).items()}
    assert [layer.name for layer in built(INIT | TRAINED | other, RECORD).layers] == ["net/bn_a", "other"]


def test_slots_of_statistics_are_no_layers() -> None:
    slots = {f"slot {role}": [0.0] * 3 for role in ("moving_mean", "moving_variance")}
    names = {key: key.replace("slot ", "Adam/m/bn/") for key in slots}
    owned = {key.replace("slot ", "bn/"): (key,) for key in slots}
    layer = only(built(INIT | TRAINED | slots, RECORD, full_names=names, slots=owned))
    assert (layer.name, layer.moving_mean.slots) == ("net/bn_a", ("Adam/m/bn/moving_mean",))


def test_names_are_those_of_the_program_where_the_keys_say_something_else() -> None:
    keys = {f"variables/{number}/.ATTRIBUTES/VARIABLE_VALUE": role for number, role in enumerate(ROLES)}
    values = {key: (MOVED | TRAINED)[f"bn/{role}"] for key, role in keys.items()}
    layer = only(built(values, full_names={key: f"enc/bn_1/{role}" for key, role in keys.items()}))
    assert layer.name == "enc/bn_1"
    assert [v.name for v in layer.variables] == list(keys)


def test_a_graph_and_a_record_of_one_layer_are_one() -> None:
    subject = built(INIT | TRAINED, RECORD._replace(trainable=False), graph=TRAINING_GRAPH)
    layer = only(subject)
    assert (layer.name, layer.trainable, layer.momentum, len(layer.applications)) == ("net/bn_a", False, 0.9, 1)


def test_where_a_record_contradicts_the_graph_the_graph_is_believed() -> None:
    values = INIT | TRAINED | {"bn/other_variance": [1.0] * 3}
    odd = RECORD._replace(variables={**RECORD.variables, "moving_variance": "bn/other_variance"})
    assert only(built(values, odd, graph=TRAINING_GRAPH)).moving_variance.name == "bn/moving_variance"


def test_a_serving_graph_initialises_nothing_and_the_usual_values_are_assumed() -> None:
    frozen = only(built(INIT | TRAINED, graph=SERVING_GRAPH))
    assert is_frozen(frozen) is True
    assert all(v.is_initial_assumed for v in frozen.variables)


def test_an_initialiser_of_the_graph_is_never_replaced_by_the_usual_value() -> None:
    assert not any(v.is_initial_assumed for v in only(built(INIT | TRAINED, graph=TRAINING_GRAPH)).variables)


def test_variables_that_a_serving_graph_does_not_use_are_found_by_name() -> None:
    other = {key.replace("bn/", "other/"): value for key, value in (INIT | TRAINED).items()}
    assert [layer.name for layer in built(INIT | TRAINED | other, graph=SERVING_GRAPH).layers] == ["bn", "other"]


@pytest.mark.parametrize(("records", "missing"), [((), True), ((DENSE,), False)])
def test_records_say_which_layers_there_are(records: tuple[LayerRecord, ...], missing: bool) -> None:  # noqa: FBT001
    subject = built(INIT | TRAINED, *records)
    assert (Need.STRUCTURE in subject.missing) is missing
    assert subject.missing[Need.TRAINING] == "a Keras file holds no graph"
    assert subject.absent == frozenset()


def test_statistics_that_were_not_saved_are_known_from_the_record() -> None:
    layer = only(built(TRAINED, RECORD))
    assert [v.is_saved for v in layer.statistics] == [False, False]


LIST = LayerRecord("variables", {"0": "variables/0", "1": "variables/1"})
LISTED: dict[str, object] = {"variables/0": [1.1, 1.2, 1.3], "variables/1": [0.1, 0.2, 0.3]}
CALLED = {"variables/0": "bn_1/gamma", "variables/1": "bn_1/beta"}


def test_a_list_of_trainable_variables_tells_its_layers_by_their_names() -> None:
    layer = only(built(LISTED, LIST, full_names=CALLED))
    assert (layer.name, [v.is_saved for v in layer.variables]) == ("bn_1", [True, True, False, False])


def test_slots_are_no_lost_layers() -> None:
    called = {"variables/0": "adam/m/bn_1/gamma", "variables/1": "adam/m/bn_1/beta"}
    assert built(LISTED, LIST, full_names=called, slots={"": ("variables/0", "variables/1")}).layers == ()


def test_what_a_known_layer_owns_is_not_lost_when_it_is_saved_twice() -> None:
    twice = {**CALLED, "bn/gamma": "bn_1/gamma", "bn/beta": "bn_1/beta"}
    assert len(built(INIT | TRAINED | LISTED, LIST, RECORD, full_names=twice).layers) == 1


def test_a_layer_of_a_known_class_is_not_lost_however_it_is_called() -> None:
    other = LayerRecord("bn_1", {"gamma": "variables/0", "beta": "variables/1"}, "GroupNorm")
    assert built(LISTED, other, full_names=CALLED).layers == ()


BIAS: dict[str, object] = {"out/kernel": [[0.3]], "out/bias": [0.0, 0.0]}


@pytest.mark.parametrize(
    ("values", "slots", "is_trained", "evidence"),
    [
        ({"out/bias": [0.0, 0.2]}, {}, True, "out/bias is off its initial value"),
        ({}, {}, False, "every parameter with a known initial value still holds it"),
        ({"out/bias": [0.0, 1.0]}, {}, False, "every parameter with a known initial value still holds it"),
        ({"opt/1": [0.5]}, {"out/bias": ("opt/1",)}, True, "the optimizer slot opt/1 is not zero"),
        ({"opt/1": [0.0]}, {"": ("opt/1",)}, False, "every parameter with a known initial value still holds it"),
        ({"opt/m": [0.5]}, {"bn/gamma": ("opt/m",)}, True, "the optimizer slots of bn/gamma are not zero"),
        ({"opt/accumulator": [0.1]}, {"bn/gamma": ("opt/accumulator",)}, False, "every parameter with a known"),
        ({"average/gamma": [1.0]}, {"bn/gamma": ("average/gamma",)}, False, "every parameter with a known"),
        ({"opt/slow": [1.0]}, {"bn/gamma": ("opt/slow",)}, False, "every parameter with a known"),
        ({"slow_fast/m": [0.5]}, {"bn/gamma": ("slow_fast/m",)}, True, "the optimizer slots of bn/gamma are not zero"),
    ],
)
def test_whether_a_keras_file_was_trained(
    values: dict[str, object],
    slots: Mapping[str, tuple[str, ...]],
    is_trained: bool,  # noqa: FBT001
    evidence: str,
) -> None:
    trained = built(INIT | UNTOUCHED | BIAS | values, RECORD, DENSE, slots=slots).trained
    assert (trained.is_trained, trained.evidence and evidence in trained.evidence) == (is_trained, True)


def test_a_gamma_of_an_unknown_initialiser_proves_nothing() -> None:
    drawn = INIT | UNTOUCHED | {"bn/gamma": [1.1, 0.9, 1.2]}
    assert built(drawn, RECORD._replace(config={})).trained.is_trained is False
    assert built(drawn, RECORD).trained.is_trained is True
