"""Which run an artifact belongs to, and how far into it it was saved, by its name alone.

A Saver puts the step at the end (``model.ckpt-18000``), Keras's ModelCheckpoint whatever its pattern says
(``weights.{epoch:02d}-{val_loss:.2f}.h5``), an Estimator exports into directories called by the time
(``1600000000``). A number after an underscore is part of the name: ``resnet_v1_50`` and ``resnet_v1_101`` are two
networks. Directories may say it too (``epoch_3/model.ckpt``), with a word for it: ``run-1`` and ``fold-2`` do not.
"""

from __future__ import annotations

import re

from bnlint.artifacts import naming

_SUFFIX = re.compile(r"(?:\.weights)?\.(?:h5|hdf5|keras|json)\Z|\.(?:ckpt|pb|pbtxt|graphdef)\Z", re.IGNORECASE)
_WORDS = "epochs?|ep|e|steps?|iter(?:ation)?|loss|acc(?:uracy)?|auc|mae|mse|rmse|iou|dice|f1|top1"
_CLOCKS = ("epoch", "epochs", "ep", "e", "step", "steps", "iter", "iteration")
_NUMBER = rf"(?:[-_.](?:(?:train|val)[-_]?)?({_WORDS})[-_=:]*|[-.])(\d+)(\.\d+)?"
"""A clock's or a metric's word, if any; the number; its fraction, if any."""
_ONE = re.compile(_NUMBER, re.IGNORECASE)
_TAIL = re.compile(rf"(?:{_NUMBER})+\Z", re.IGNORECASE)
_FIRST = re.compile("epochs?|ep|e|steps?|iter(?:ation)?", re.IGNORECASE)
"""A clock's word that a name begins with, such as ``epoch_03`` or ``ep03-0.52``: it is what its run is called."""
_DIRECTORY = re.compile(
    r"(?P<rest>(?:.*[-_.])?(?:epochs?|ep|(?:global_?)?steps?|iter(?:ation)?s?|ckpt|checkpoint))[-_=.](?P<number>\d+)",
    re.IGNORECASE,
)


def without_progress(name: str) -> str:
    """Return the name of an artifact without its step, epoch and metrics: all saves of one run have it in common."""
    stem = _SUFFIX.sub("", name)
    rest, suffix = _split(stem)[0], name[len(stem) :]
    return suffix if rest.isdecimal() else rest + suffix


def run_name(name: str) -> str:
    """Return the name of an artifact without its suffix, step, epoch and metrics; empty where nothing is left."""
    return _SUFFIX.sub("", _SUFFIX.sub("", without_progress(name)))


def position(name: str) -> int | None:
    """Return the step or the epoch in the name of an artifact, None where it has none."""
    stem = _SUFFIX.sub("", name)
    rest, tail = _split(stem)
    if rest.isdecimal():  # an export called by its time, or ``01-0.52.weights.h5``
        return int(rest[: naming.MOST_DIGITS])
    numbers = _ONE.findall(tail)
    clocks = [number for word, number, _ in numbers if word.lower() in _CLOCKS]
    plain = [number for word, number, fraction in numbers if not word and not fraction]
    chosen = (clocks or plain)[:1]
    return int(chosen[0][: naming.MOST_DIGITS]) if chosen else None


def _split(stem: str) -> tuple[str, str]:
    """Split a name before the step, epoch and metrics that it ends with."""
    first = _FIRST.match(stem)
    if first and _TAIL.fullmatch(f"-{stem}"):
        return first[0], f"-{stem}"
    tail = _TAIL.search(stem)
    return (stem[: tail.start()], tail[0]) if tail else (stem, "")


def directory_position(name: str) -> tuple[str, int] | None:
    """Return the name of a directory without the step or epoch that it was called by, and that; None for any other."""
    found = _DIRECTORY.fullmatch(name)
    return None if found is None else (found["rest"], int(found["number"][: naming.MOST_DIGITS]))
