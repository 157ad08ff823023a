"""TensorFlow's checksum: CRC-32C (Castagnoli), rotated and shifted so that it can itself be checksummed.

Source: ``tsl/lib/hash/crc32c.h`` (Mask), LevelDB ``doc/log_format.md``.
"""

from __future__ import annotations

from typing import cast

import google_crc32c

_MASK_DELTA = 0xA282EAD8


def extend(crc: int, data: bytes) -> int:
    """Return the unmasked checksum of what ``crc`` covers, followed by ``data``."""
    return cast("int", google_crc32c.extend(crc, data))


def mask(crc: int) -> int:
    """Return the 32 bits that are stored for the unmasked checksum ``crc``."""
    rotated = (crc >> 15) | (crc << 17)
    return (rotated + _MASK_DELTA) & 0xFFFFFFFF


def masked(data: bytes) -> int:
    """Return the 32 bits that are stored as the checksum of ``data``."""
    return mask(cast("int", google_crc32c.value(data)))
