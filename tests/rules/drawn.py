"""Layers, subjects and runs drawn at random: everything that a rule may meet, and values that nobody would save."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from bnlint.layers.convergence import floors
from bnlint.layers.course import Checkpoint, Course, LayerCourse, LayerShift
from bnlint.layers.layer import Array, Dialect, Feeder, Layer, Repeats, UngatedUpdate, Variable
from bnlint.layers.subject import Need, Subject
from bnlint.results import Shift, Step
from tests.rules.build import (
    ABSENT,
    INFERENCE,
    OFF,
    PHASED,
    SWITCHED,
    TRAINING,
    State,
    layer,
    subject,
    update,
)

STATES = st.sampled_from([state for state in State if state is not ABSENT])
BOOLEANS = st.sampled_from([True, False, None])
MOMENTA = st.sampled_from([None, 0.0, 0.1, 0.9, 0.999, 1.0])
UPDATES = st.lists(
    st.builds(
        update,
        st.sampled_from(["update_ops", "my_collection"]),
        wired=st.booleans(),
        momentum=MOMENTA,
        phased=st.booleans(),
        in_loop=st.booleans(),
    )
    | st.builds(update, wired=st.booleans(), phased=st.booleans()),
    max_size=2,
).map(tuple)
MODES = st.sampled_from([off + mode for mode in (TRAINING, INFERENCE, SWITCHED, PHASED) for off in ("", OFF)])
COUNTS = st.sampled_from([0, 1, 40, 3_000, 87_000, 2**62])
CLOCKS = st.lists(st.builds(Step, COUNTS, st.sampled_from(["global_step", "beta2_power"]), st.booleans()), max_size=3)
FEEDERS = st.none() | st.builds(
    Feeder,
    st.just("conv/Conv2D"),
    st.sampled_from(["conv/kernel", "one/gamma"]),
    st.sampled_from([0, 1, 3, 5]),
    st.none() | st.lists(st.sampled_from([None, 0, 3, 5]), max_size=4).map(tuple),
)
REPEATS = st.none() | st.builds(Repeats, st.sampled_from([50, 2**62]), st.sampled_from([0, 1, 2, 50]), st.booleans())
MISSING = st.sampled_from([(), (), (Need.TRAINING,), (Need.GRAPH, Need.TRAINING), (Need.VALUES,)])


@st.composite
def layers(draw: st.DrawFn, name: str) -> Layer:
    """Return a layer whose values are those of three channels."""
    made = layer(
        draw(STATES),
        draw(st.sampled_from(State)),
        *draw(st.lists(MODES, max_size=3)),
        name=name,
        mean=draw(st.none() | STATES),
        gamma=draw(st.none() | st.sampled_from(State)),
        trainable=draw(BOOLEANS),
        optimized=draw(BOOLEANS),
        slots_moved=draw(BOOLEANS),
        updates=draw(UPDATES),
        variance_updates=draw(st.none() | UPDATES),
        dialect=draw(st.sampled_from(Dialect)),
        ungated=draw(st.sampled_from([(), (UngatedUpdate("one/Assign", "softmax", "is_training"),)])),
        declared_momentum=draw(st.none() | MOMENTA),
        flag=draw(BOOLEANS),
    )
    made = replace(
        made,
        epsilon=draw(st.sampled_from([None, 0.0, 1e-3])),
        feeder=draw(FEEDERS),
        repeats=draw(REPEATS),
        moving_mean=draw(_statistic(made.moving_mean)),
        moving_variance=draw(_statistic(made.moving_variance)),
    )
    return made.mapped(lambda v: replace(v, shadow=draw(st.sampled_from([None, f"{v.name}/ExponentialMovingAverage"]))))


def _statistic(of: Variable) -> st.SearchStrategy[Variable]:
    return st.builds(
        replace,
        st.just(of),
        is_trainable=BOOLEANS,
        is_optimized=BOOLEANS,
        slots=st.sampled_from([(), (f"{of.name}/Momentum",)]),
        shape=st.sampled_from([None, (3,), (5,), (), (1, 3)]),
        is_debiased=st.booleans(),
        local_step=st.none() | st.builds(Step, COUNTS, st.just(f"{of.name}/local_step")),
        is_root_averaged=st.booleans(),
        is_initial_assumed=st.booleans(),
        unread=st.sampled_from([None, "its shard is absent"]),
    )


ONE_OR_TWO = st.tuples(layers("one")) | st.tuples(layers("one"), layers("two"))


@st.composite
def subjects(draw: st.DrawFn, of: st.SearchStrategy[tuple[Layer, ...]] = ONE_OR_TWO) -> Subject:
    """Return a subject with such layers."""
    made = subject(
        *draw(of),
        trained=draw(BOOLEANS),
        clock=draw(st.sampled_from([None, 0, 40])),
        missing=draw(MISSING),
        tensorflow=draw(st.sampled_from([None, "1.15.5", "2.21.0"])),
    )
    return replace(
        made,
        clocks=(*made.clocks, *draw(CLOCKS)),
        framework=draw(st.sampled_from(["tf1", "tf2", "keras2", "keras3", "unknown"])),
        newer=draw(st.sampled_from([None, "model.ckpt-80"])),
        averaged=draw(st.sampled_from([None, frozenset[str](), frozenset({"conv/kernel"})])),
        elsewhere=draw(st.sampled_from([{}, {"one/moving_mean": "model.ckpt-20"}])),
        saver=draw(st.sampled_from([None, "save/control_dependency"])),
    )


_LARGE, _SMALL = np.finfo(np.float64).max, np.finfo(np.float64).smallest_subnormal
ODD: tuple[Array, ...] = (
    np.zeros(0, np.float32),
    np.array(0.25, np.float32),
    np.array([[1, 2, 3], [4, 5, 6]], np.float32),
    np.ones((1, 3), np.float32),
    np.ones(7, np.float32),
    np.array([np.nan, np.inf, -np.inf], np.float32),
    np.array([_LARGE, -_LARGE, _SMALL]),
    np.array([-1e-3, -1e-3, -1e-3], np.float32),
    np.full(3, 0.9**40, np.float32),
    np.full(3, 1e-45, np.float32),
    np.full(3, 65504, np.float16),
    np.array([1, 2, 0], np.int8),
    np.full(3, np.iinfo(np.uint64).max),
    np.array([True, False, True]),
    np.array([1j, 2, np.nan], np.complex64),
    np.zeros((2, 0), np.float64),
)
"""Values of every kind and shape that a file may hold where a statistic should be."""
ODD_NUMBERS = st.sampled_from([None, 0.0, 1.0, -1.0, 1.5, 99.0, 1e-300, 1 - 2**-53, float("inf"), float("nan")])


@st.composite
def odd_layers(draw: st.DrawFn, name: str) -> Layer:
    """Return a layer of which nothing fits: shapes, dtypes, numbers."""
    odd = st.none() | st.sampled_from(ODD)
    made = replace(
        draw(layers(name)),
        epsilon=draw(ODD_NUMBERS),
        declared_momentum=draw(ODD_NUMBERS),
        repeats=draw(REPEATS),
    )
    momentum = draw(ODD_NUMBERS)

    def oddly(v: Variable) -> Variable:
        updates = tuple(u._replace(momentum=momentum) for u in v.updates)
        initial = draw(st.just(v.initial) | odd)
        return replace(v, values=draw(odd), initial=initial, updates=updates)

    return made.mapped(oddly)


@st.composite
def odd_subjects(draw: st.DrawFn) -> Subject:
    """Return a subject of such layers, some of which have one name, and whose clocks say what they cannot."""
    made = draw(subjects(st.lists(odd_layers("one") | odd_layers("two"), max_size=3).map(tuple)))
    clocks = draw(st.lists(st.builds(Step, st.sampled_from([-1, 0, 5, 2**63]), st.just("clock"), st.booleans())))
    return replace(made, clocks=tuple(clocks), floors=floors(made.layers))


_DISTANCES = st.sampled_from([None, 0.0, 0.5, 1e300])
_ROLES = ("gamma", "beta", "moving_mean", "moving_variance")
SHIFTS = st.builds(Shift, st.booleans(), _DISTANCES)
LAYER_SHIFTS = st.none() | st.builds(
    LayerShift,
    st.dictionaries(st.sampled_from(_ROLES), SHIFTS),
    st.none() | SHIFTS,
    st.booleans(),
    BOOLEANS,
    BOOLEANS,
    st.booleans(),
)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Return a run of up to four checkpoints with up to two layers."""
    pairs = draw(st.integers(0, 3))
    steps = st.none() | st.builds(Step, COUNTS, st.sampled_from(["global_step", "beta2_power"]), st.booleans())
    checkpoints = tuple(
        Checkpoint(f"run/{number}", draw(st.sampled_from(["model", f"model-{number}"])), draw(steps))
        for number in range(pairs + 1)
    )
    shifts = st.lists(LAYER_SHIFTS, min_size=pairs, max_size=pairs).map(tuple)
    names = draw(st.sampled_from([(), ("one",), ("one", "two")]))
    return Course(
        "run/model",
        checkpoints,
        tuple(LayerCourse(draw(layers(name)), draw(shifts)) for name in names),
        draw(st.lists(st.none() | SHIFTS, min_size=pairs, max_size=pairs).map(tuple)),
        draw(st.sampled_from([{}, {"one": "no other checkpoint of the run has this layer"}])),
    )
