"""The configuration that holds somewhere: found, read, and laid one over the other."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bnlint.settings import ConfigError, Settings

if TYPE_CHECKING:
    from bnlint.config.files import File
    from bnlint.config.overlay import Overlay


def configuration(directory: str = os.curdir, config: str | None = None) -> tuple[Overlay, ...]:
    """Return what the file ``config`` says, or the nearest from ``directory`` up the tree, what it extends before it.

    Raises:
        ConfigError: a file cannot be read, or says what nobody understands.
    """
    from bnlint.config.files import chain, nearest, read  # noqa: PLC0415 - an API that is imported has to be cheap

    file = nearest(directory) if config is None else read(config, config)
    if file is None:
        return ()
    root = file.directory
    return tuple(_overlay(one, root) for one in chain(file))[::-1]


def _overlay(file: File, root: str) -> Overlay:
    from bnlint.artifacts.storage import is_url  # noqa: PLC0415 - few directories have a file
    from bnlint.config.files import seen_from_here  # noqa: PLC0415
    from bnlint.config.reading import overlay  # noqa: PLC0415
    from bnlint.config.table import Table  # noqa: PLC0415

    def relative(path: str) -> str:
        return path if is_url(path) else seen_from_here(file.directory, path)

    return overlay(Table(file.items, file.shown, file.keys), file.directory, root, relative)


def load_settings(
    directory: str | os.PathLike[str] = os.curdir, config: str | os.PathLike[str] | None = None
) -> Settings:
    """Return the settings that the file ``config`` makes, or the nearest from ``directory`` up the tree.

    Those of bnlint itself where there is no file.

    Raises:
        ConfigError: a file cannot be read, or says what nobody understands. It is a `ValueError`.
    """
    from bnlint.config.overlay import laid  # noqa: PLC0415 - an API that is imported has to be cheap

    overlays = configuration(os.fspath(directory), None if config is None else os.fspath(config))
    settings = laid(overlays).settings
    refuse_empty(settings, overlays)
    return settings


def refuse_empty(settings: Settings, overlays: Iterable[Overlay]) -> None:
    """Refuse settings that leave no rule to run, everywhere or for some path.

    Raises:
        ConfigError: they do; it names those of the ``overlays`` that they are made of which say what runs.
    """
    from bnlint.judging.choosing import Choice, choice_of  # noqa: PLC0415 - an API that is imported has to be cheap

    sources = [over.source for over in overlays if over.choice != Choice()]
    general = Choice(settings.select, settings.ignore)
    if sources and not general.codes():
        raise ConfigError(" and ".join(dict.fromkeys(sources)), "what is selected and ignored leaves no rule to run")
    for entry in settings.per_path:
        choice = choice_of(entry)
        if choice != Choice() and not general.then(choice).codes():
            raise ConfigError(entry.source, "what is selected and ignored leaves no rule to run there")
