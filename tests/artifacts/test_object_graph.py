from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnlint.artifacts import object_graph as objects_module
from bnlint.artifacts.artifact import Part, Values
from bnlint.artifacts.object_graph import KEY, read_objects
from bnlint.findings import Problem
from tests.artifacts.objects import SUFFIX, object_graph, reader, saved
from tests.artifacts.opening import opened


def recorded(data, without=()):
    return read_objects(saved(data, without), reader(data), "m.index")


def shown(found):
    """Return each record as its name and, by attribute, the path of its variable."""
    return {
        record.name: {name: key.removesuffix(SUFFIX) for name, key in record.variables.items()}
        for record in found.records
    }


KERAS_3 = object_graph(
    "model=1 optimizer=2",
    "_operations=3",
    "_iterations=9 _learning_rate=10 _trainable_variables=11 _variables=12",
    "0=4",
    "gamma=5 beta=6 moving_mean=7 moving_variance=8",
    "optimizer/_trainable_variables/0:net/bn/gamma",
    "optimizer/_trainable_variables/1:net/bn/beta",
    "model/_operations/0/moving_mean:net/bn/moving_mean",
    "model/_operations/0/moving_variance:net/bn/moving_variance",
    "optimizer/_iterations:adam/iteration",
    "optimizer/_learning_rate:adam/learning_rate",
    "0=5 1=6",
    "0=9 1=10 2=13 3=14 4=15",
    "optimizer/_variables/2:adam/net_bn_gamma_momentum",
    "optimizer/_variables/3:adam/net_bn_gamma_velocity",
    "optimizer/_variables/4:adam/somebody_else_momentum",
)


def test_variables_are_followed_by_number_not_by_key():
    found = recorded(KERAS_3)
    assert shown(found) == {
        "net/bn": {
            "gamma": "optimizer/_trainable_variables/0",
            "beta": "optimizer/_trainable_variables/1",
            "moving_mean": "model/_operations/0/moving_mean",
            "moving_variance": "model/_operations/0/moving_variance",
        }
    }
    assert found.framework == "keras3"
    assert found.problems == ()


def test_every_variable_gets_the_name_the_program_gave_it():
    found = recorded(KERAS_3)
    names = {key.removesuffix(SUFFIX): variable.full_name for key, variable in found.saved.items()}
    assert names["optimizer/_trainable_variables/1"] == "net/bn/beta"
    assert names["optimizer/_iterations"] == "adam/iteration"
    assert names[KEY] is None
    assert list(found.saved) == list(saved(KERAS_3))


def test_slots_find_their_variable_by_name():
    slots = {key.removesuffix(SUFFIX): value for key, value in recorded(KERAS_3).slots.items()}
    assert slots == {
        "optimizer/_trainable_variables/0": (
            f"optimizer/_variables/2{SUFFIX}",
            f"optimizer/_variables/3{SUFFIX}",
        ),
        "": (f"optimizer/_variables/4{SUFFIX}",),
    }


KERAS_2 = object_graph(
    "layer_with_weights-0=1 layer-0=1 optimizer=2 keras_api=6",
    "kernel=3 moving_mean=4",
    "iter=5 beta_1=8",
    "layer_with_weights-0/kernel:c/kernel",
    "layer_with_weights-0/moving_mean:c/moving_mean",
    "optimizer/iter:Adam/iter",
    "",
    "layer_with_weights-0/kernel/.OPTIMIZER_SLOT/optimizer/m:Adam/c/kernel/m",
    "optimizer/beta_1:Adam/beta_1",
    slots=[(2, 3, 7)],
)


def test_slot_variables_say_whose_they_are():
    found = recorded(KERAS_2)
    assert found.slots == {
        f"layer_with_weights-0/kernel{SUFFIX}": (f"layer_with_weights-0/kernel/.OPTIMIZER_SLOT/optimizer/m{SUFFIX}",)
    }
    assert found.framework == "keras2"
    assert shown(found) == {
        "c": {"kernel": "layer_with_weights-0/kernel", "moving_mean": "layer_with_weights-0/moving_mean"}
    }


def test_lists_of_an_optimizer_hold_slots_whatever_they_are_called():
    data = object_graph(
        "bn=1 opt=3",
        "gamma=2",
        "bn/gamma:bn/gamma",
        "_iterations=4 _r=5 params=6",
        "opt/it:it",
        "0=7",
        "0=2",
        "r:r/bn/gamma",
    )
    assert recorded(data).slots == {f"bn/gamma{SUFFIX}": (f"r{SUFFIX}",)}


def test_an_average_that_is_an_object_stands_for_its_variable():
    data = object_graph("bn=1", "scale=2 moving_mean=3", "s:n/bn/scale", "_hidden=4 average=5", "h:h", "a:n/bn/mean/a")
    assert shown(recorded(data))["bn"] == {"scale": "s", "moving_mean": "a"}


TABLE = {
    "the scope that all variables share": (["a=1", "g=2 b=3", "a/g:s/bn/gamma", "a/b:s/bn/beta"], {"s/bn"}),
    "the path where they share none": (["enc=1", "bn=2", "g=3 b=4", "x:one/gamma", "y:two/beta"], {"enc/bn"}),
    "the path where nobody says": (["enc=1", "bn=2", "g=3", "x"], {"enc/bn"}),
    "the path where a name has no scope": (["enc=1", "bn=2", "g=3", "x:Variable"], {"enc/bn"}),
    "the shortest path": (["a=1 d=3", "b=2", "c=4", "c=4", "g=5", "x"], {"d/c"}),
    "nothing for the root": (["v=1", "v:Variable"], {""}),
    "nothing for what the root does not hold": (["a=1", "", "g=3", "x"], {""}),
    "no record for a list of variables": (["variables=1", "0=2 1=3", "x:a/b", "y:a/c"], set()),
    "no record where nothing is a variable": (["a=1", "b=2", ""], set()),
}


@pytest.mark.parametrize(("lines", "expected"), TABLE.values(), ids=TABLE)
def test_a_record_is_called_by(lines, expected):
    found = recorded(object_graph(*lines))
    assert {record.name for record in found.records} == expected
    assert found.framework == "tf2"


@pytest.mark.parametrize(
    ("children", "framework"),
    [
        ("_all_variables=0 _misc_assets=0", "keras3"),
        ("_all_variables=0 _misc_assets=0 _endpoint_names=0", "keras2"),
        ("layer-0=0", "keras2"),
        ("layers=0", "tf2"),
    ],
)
def test_names_of_children_tell_the_framework(children, framework):
    assert recorded(object_graph(children)).framework == framework


def test_a_variable_that_was_not_saved_is_not_listed():
    data = object_graph("bn=1", "gamma=2 moving_mean=3", "bn/gamma:bn/gamma", "bn/moving_mean:bn/moving_mean")
    assert shown(recorded(data, without=["bn/moving_mean"])) == {"bn": {"gamma": "bn/gamma"}}


def test_a_cycle_ends():
    data = object_graph("a=1 self=0", "b=0 v=2 a=1", "v:s/v")
    assert shown(recorded(data)) == {"s": {"v": "v"}}


def test_a_checkpoint_without_objects_is_left_alone():
    plain = {key: variable for key, variable in saved(KERAS_2).items() if key != KEY}
    found = read_objects(plain, reader(b""), "m.index")
    assert found.saved is plain
    assert (found.records, found.slots, found.framework, found.problems) == ((), {}, None, ())
    assert read_objects(None, reader(b""), "m.index").saved is None


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"\x0a\x05ab", "expected a TrackableObjectGraph message"),
        (3, "expected one string, a TrackableObjectGraph message"),
        (object_graph("a=1"), "an object refers to object 1 of 1"),
        (object_graph("a=-1"), "an object refers to object -1 of 1"),
        (object_graph("a=0", slots=[(0, 0, 9)]), "an object refers to object 9 of 1"),
    ],
)
def test_damage_loses_no_name(value, why):
    listed = saved(KERAS_2)
    found = read_objects(listed, reader(value), "m.index")
    assert found.saved is listed
    assert found.records == ()
    (problem,) = found.problems
    assert problem.path == "m.index"
    assert why in problem.message


def test_an_object_graph_that_cannot_be_read_is_told_once():
    why = Problem("m.data", "checksum")
    found = read_objects(saved(KERAS_2), lambda names: Values({}, (why,)), "m.index")
    assert found.problems == (why,)
    assert found.saved is not None
    assert len(found.saved) == len(saved(KERAS_2))


def test_the_size_is_bounded(monkeypatch):
    monkeypatch.setattr(objects_module, "MAX_SIZE", 10)
    (problem,) = recorded(KERAS_2).problems
    assert "expected an object graph of at most 10 bytes" in problem.message


def test_an_endless_chain_takes_no_time():
    lines = [f"child={n + 1} v={n + 1}" if n % 2 == 0 else f"v{n} child={n + 1}" for n in range(20_000)]
    data = object_graph(*lines, "")
    start = time.perf_counter()
    found = recorded(data)
    assert time.perf_counter() - start < 5
    assert max(len(record.name) for record in found.records) < 1000


@given(st.data())
def test_random_changes_make_problems_only(draw):
    data = bytearray(draw.draw(st.sampled_from((KERAS_3, KERAS_2))))
    for _ in range(draw.draw(st.integers(1, 5))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    listed = saved(KERAS_3)
    found = read_objects(listed, reader(bytes(data)), "m.index")
    assert found.saved is not None
    assert set(found.saved) == set(listed)


def test_names_are_those_that_keras_gave(tf, any_keras):
    layers = any_keras.layers
    model = any_keras.Sequential(
        [any_keras.Input((4,)), layers.Dense(3, name="fc"), layers.BatchNormalization(name="bn")]
    )
    optimizer = any_keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    path = tf.train.Checkpoint(model=model, optimizer=optimizer).save("c")
    artifact = opened(path)
    assert artifact.problems == ()
    assert {name for name, _ in tf.train.list_variables(path)} == set(artifact.saved)
    batch_norm = next(record for record in artifact.records if "moving_mean" in record.variables)
    assert batch_norm.name.rpartition("/")[2] == "bn"
    values = artifact.read(batch_norm.variables.values()).arrays
    roles = ("gamma", "beta", "moving_mean", "moving_variance")
    for name, value in zip(roles, model.layers[-1].get_weights(), strict=True):
        np.testing.assert_array_equal(values[batch_norm.variables[name]], value)
    assert [len(artifact.slots[batch_norm.variables[name]]) for name in ("gamma", "beta")] == [2, 2]
    assert artifact.framework == {"keras": "keras3", "tf_keras": "keras2"}[any_keras.__name__]
    assert not artifact.absent
    assert artifact.without == {Part.GRAPH: "a checkpoint of objects holds no graph"}
