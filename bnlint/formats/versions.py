"""VersionDef: may a reader of a known version read what a writer of another one wrote?

Source: ``tensorflow/core/framework/versions.proto`` and ``CheckVersions`` in ``versions.cc``. Knows no formats.
"""

from __future__ import annotations

from bnlint.formats.errors import FormatError
from bnlint.formats.messages import Message


def check_version(version: Message, newest: int, place: str) -> None:
    """Check that readers up to version ``newest`` of the format may read this.

    Raises:
        FormatError: naming ``place``, the writer asks for newer readers, or for none of this version.
    """
    if version.min_consumer > newest or newest in version.bad_consumers:
        raise FormatError(
            place,
            f"written in a version from the future: it asks for readers of version "
            f"{max(version.min_consumer, newest + 1)} or newer, bnlint reads up to version {newest}",
        )
