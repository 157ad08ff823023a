from __future__ import annotations

import pytest

from bnlint.formats.checkpoint_state import CheckpointState, read_checkpoint_state
from bnlint.formats.errors import FormatError
from bnlint.formats.source import BytesSource


def read(text):
    return read_checkpoint_state(BytesSource(text if isinstance(text, bytes) else text.encode()))


def test_reads_what_tensorflow_writes(tf, tmp_path):
    for step in (1, 2, 3):
        (tmp_path / f"modèle {step}.index").write_bytes(b"")
    written = [f"{tmp_path}/modèle {step}" for step in (1, 2, 3)]
    tf.compat.v1.train.update_checkpoint_state(
        str(tmp_path), written[2], written, all_model_checkpoint_timestamps=[1.5, 2, 3], last_preserved_timestamp=1.0
    )
    assert read((tmp_path / "checkpoint").read_bytes()) == CheckpointState(written[2], tuple(written))


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("", CheckpointState("", ())),
        ('model_checkpoint_path: "a"', CheckpointState("a", ())),
        ('model_checkpoint_path: "C:\\\\runs\\\\a"', CheckpointState("C:\\runs\\a", ())),
        ('model_checkpoint_path: "mod\\303\\250le"', CheckpointState("modèle", ())),
        ('model_checkpoint_path: "a"\r\nall_model_checkpoint_paths: "a"\r\n', CheckpointState("a", ("a",))),
        ('a_field_from_the_future { x: 1 }\nmodel_checkpoint_path: "a"', CheckpointState("a", ())),
    ],
)
def test_reads_text(text, state):
    assert read(text) == state


@pytest.mark.parametrize(
    "text", ["model.ckpt", 'model_checkpoint_path: "', b"\xff\xfe", b"\x00\x00", "<html>", "{" * 100_000]
)
def test_what_is_none_is_a_format_error(text):
    with pytest.raises(FormatError, match="expected a checkpoint state in text format"):
        read(text)


def test_a_huge_file_is_not_read():
    class Huge(BytesSource):
        size = 2**40

        def read(self, offset, length, /):
            raise AssertionError

        def __init__(self):
            pass

    with pytest.raises(FormatError, match="expected a checkpoint state of at most 16777216 bytes"):
        read_checkpoint_state(Huge())
