"""Layers and subjects in one readable line, and what a rule says of them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from bnlint.layers.convergence import floors
from bnlint.layers.layer import Application, Dialect, Layer, Mode, UngatedUpdate, UpdateOp, Variable
from bnlint.layers.subject import Need, Saving, Subject, Trained
from bnlint.results import Step
from bnlint.rules.diagnose import Diagnosis, diagnose
from bnlint.rules.registry import find_rules


class State(enum.Enum):
    """What a variable's values show."""

    INIT = "at its initial value"
    MOVED = "off its initial value in every channel"
    DRAWN = "read, but its initialiser is random"
    UNREAD = "saved, but not read"
    UNSAVED = "not in the save"
    NAN = "NaN in one channel, else at its initial value"
    ABSENT = "the layer has no such variable"


INIT, MOVED, DRAWN, UNREAD, UNSAVED, NAN, ABSENT = State
Values = State | Sequence[float]

TRAINING, INFERENCE, SWITCHED, PHASED = "training", "inference", "switched", "learning-phase"
OFF = "off:"
"""Before a mode: the application is not on the way to an optimizer step."""


def variable(
    name: str,
    values: Values,
    start: float,
    *,
    trainable: bool | None = True,
    optimized: bool | None = True,
    slots_moved: bool | None = None,
    updates: tuple[UpdateOp, ...] = (),
) -> Variable:
    """Return a variable of three channels that starts at ``start``."""
    initial = np.full(3, start, np.float32)
    offset = np.array([0.25, 0.5, 0.75], np.float32)
    read = {
        State.INIT: initial,
        State.MOVED: initial + offset,
        State.DRAWN: initial + offset,
        State.NAN: np.array([np.nan, start, start], np.float32),
    }
    array = read.get(values) if isinstance(values, State) else np.asarray(values, np.float32)
    return Variable(
        name=name,
        is_saved=values is not UNSAVED,
        values=array,
        initial=None if values is DRAWN else np.asarray(start, np.float32),
        is_trainable=trainable,
        is_optimized=optimized,
        slots_moved=slots_moved,
        updates=updates,
    )


def update(
    *collections: str,
    wired: bool = False,
    momentum: float | None = 0.9,
    phased: bool = False,
    joint: str | None = None,
    in_loop: bool = False,
) -> UpdateOp:
    """Return an update op; ``phased`` means that the learning-phase placeholder gates it."""
    return UpdateOp(
        op="bn/AssignMovingAvg",
        is_wired=wired,
        joint=joint,
        collections=collections,
        momentum=momentum,
        predicates=("keras_learning_phase",) if phased else (),
        by_learning_phase=phased,
        in_loop=in_loop,
    )


WIRED = (update(wired=True),)
UNWIRED = (update("update_ops"),)
UNREGISTERED = (update(),)
PHASED_WIRED = (update(wired=True, phased=True),)
PHASED_UNREGISTERED = (update(phased=True),)


def applications(*modes: str) -> tuple[Application, ...]:
    """Return an application per mode, on the training path unless it says ``off:``."""
    return tuple(
        Application(
            op=f"bn/FusedBatchNorm_{number}",
            mode=Mode(mode.removeprefix(OFF)),
            on_training_path=not mode.startswith(OFF),
            predicate="training" if Mode(mode.removeprefix(OFF)) in (Mode.SWITCHED, Mode.LEARNING_PHASE) else None,
        )
        for number, mode in enumerate(modes)
    )


def layer(
    statistics: Values = MOVED,
    parameters: Values = MOVED,
    *uses: str,
    name: str = "bn",
    mean: Values | None = None,
    variance: Values | None = None,
    gamma: Values | None = None,
    beta: Values | None = None,
    start: tuple[float, float] = (0.0, 1.0),
    trainable: bool | None = True,
    optimized: bool | None = True,
    slots_moved: bool | None = None,
    updates: tuple[UpdateOp, ...] = (),
    variance_updates: tuple[UpdateOp, ...] | None = None,
    dialect: Dialect = Dialect.TF_LAYERS,
    ungated: tuple[UngatedUpdate, ...] = (),
    declared_momentum: float | None = None,
    flag: bool | None = None,
) -> Layer:
    """Return a layer: the state of both statistics, of gamma and beta, then the mode of each application.

    ``mean``, ``variance``, ``gamma`` and ``beta`` say it for one variable, ``variance_updates`` for one statistic.
    ``flag`` is Keras's ``trainable``.
    """
    gamma = parameters if gamma is None else gamma
    beta = parameters if beta is None else beta

    def parameter(role: str, values: Values, start_at: float) -> Variable | None:
        if values is ABSENT:
            return None
        return variable(
            f"{name}/{role}", values, start_at, trainable=trainable, optimized=optimized, slots_moved=slots_moved
        )

    def statistic(role: str, values: Values | None, start_at: float, own: tuple[UpdateOp, ...]) -> Variable:
        values = statistics if values is None else values
        return variable(f"{name}/{role}", values, start_at, trainable=False, optimized=False, updates=own)

    return Layer(
        name=name,
        moving_mean=statistic("moving_mean", mean, start[0], updates),
        moving_variance=statistic(
            "moving_variance", variance, start[1], updates if variance_updates is None else variance_updates
        ),
        gamma=parameter("gamma", gamma, 1.0),
        beta=parameter("beta", beta, 0.0),
        dialect=dialect,
        applications=applications(*uses),
        ungated=ungated,
        declared_momentum=declared_momentum,
        trainable=flag,
    )


def subject(
    *layers: Layer,
    trained: bool | None = True,
    clock: int | None = 40,
    missing: Iterable[Need] = (),
    saver: str | None = None,
    savers: Mapping[str, Iterable[str]] | None = None,
    elsewhere: Mapping[str, str] | None = None,
    name: str = "model.ckpt-40",
    tensorflow: str | None = None,
) -> Subject:
    """Return a subject; ``savers`` are the other savers of its graph with what they list."""
    return Subject(
        name=name,
        layers=layers,
        tensorflow=tensorflow,
        trained=Trained(trained, None if trained is None else "global_step says so"),
        step=None if clock is None else Step(clock, "global_step"),
        clocks=() if clock is None else (Step(clock, "global_step"),),
        floors=floors(layers),
        saver=saver,
        other_savers=tuple(Saving(op, frozenset(names)) for op, names in (savers or {}).items()),
        elsewhere=elsewhere or {},
        missing={need: f"no {need.value}" for need in missing},
    )


NO_GRAPH = (Need.GRAPH, Need.TRAINING, Need.STRUCTURE)

Table = Mapping[str, tuple[Subject, str]]
"""For each case what the rule says, ``severity confidence: part of the message``, or nothing."""


def look(code: str, about: Subject) -> Diagnosis:
    """Let the rule ``code`` alone look at ``about``."""
    return diagnose(about, find_rules(code))


def check(code: str, about: Subject, expected: str) -> None:
    """Assert that the rule says of every layer of ``about`` what is expected, and is skipped nowhere."""
    diagnosis = look(code, about)
    head, _, part = expected.partition(": ")
    said = [(f"{f.severity.label} {f.confidence.label}", f.message) for f in diagnosis.findings]
    assert [head_ for head_, _ in said] == ([head] * len(about.layers) if expected else []), said
    assert all(part in message for _, message in said), said
    assert diagnosis.skipped == ()
