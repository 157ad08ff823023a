"""Remote stores: the same artifacts and the same few bytes as from a local disk."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace

import fsspec
import pytest

import bnlint
from bnlint.artifacts import remote
from bnlint.artifacts.places import BundleFiles, SavedModelFiles
from bnlint.artifacts.remote import REMOTE
from bnlint.artifacts.remote_file import PAGE
from bnlint.artifacts.storage import LocalStorage, is_url
from bnlint.findings import Problem, ProblemKind
from bnlint.looking import report_artifact
from bnlint.settings import Asked
from tests.artifacts.places import DATA, V1, located
from tests.running import ENVIRONMENT, TF1
from tests.serving import serving

UNWIRED = TF1 / "layers_unwired"
NAME = "model.ckpt-40"


@pytest.fixture(autouse=True)
def nothing_remembered():
    REMOTE.forget()


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def memory():
    """A filesystem in memory, emptied afterwards."""
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    filesystem.pseudo_dirs[:] = [""]
    yield filesystem
    filesystem.store.clear()


def put(filesystem, where, source=UNWIRED):
    for path in source.iterdir():
        filesystem.pipe(f"{where}/{path.name}", path.read_bytes())


def same(report, path):
    """Return what is left of a report when paths no longer tell where it came from."""
    (artifact,) = report.artifacts
    return replace(artifact, path=path)


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("gs://bucket/m", True),
        ("s3://bucket/m", True),
        ("https://host/m?x=1", True),
        ("memory://m", True),
        ("simplecache::gs://bucket/m", True),
        ("C://runs/m", False),
        ("C:\\runs\\m", False),
        ("runs/m", False),
        ("/runs//m", False),
        ("a b://m", False),
        ("://m", False),
    ],
)
def test_what_is_a_url(path, is_one):
    assert is_url(path) == is_one


@pytest.mark.parametrize(
    "path", ["", f"/{NAME}", f"/{NAME}.index", f"/{NAME}.meta", "/checkpoint", "/*", f"/{NAME}{DATA}"]
)
def test_a_checkpoint_in_memory(memory, path):
    put(memory, "/runs/a")
    remotely = bnlint.check(f"memory://runs/a{path}")
    locally = bnlint.check(UNWIRED)
    assert same(remotely, "x") == same(locally, "x")
    assert remotely.findings


def test_a_tree_in_memory(memory):
    for run in ("a", "b/c"):
        put(memory, f"/runs/{run}")
    assert [f.path for f in located(["memory://runs"])] == [f"memory://runs/{run}/{NAME}" for run in ("a", "b/c")]
    assert [f.path for f in located(["memory://runs/**/*.index"])] == [
        f"memory://runs/{run}/{NAME}" for run in ("a", "b/c")
    ]
    message = f"does not exist; did you mean memory://runs/a/{NAME}?"
    assert located(["memory://runs/a/model.ckpt"]) == (
        Problem("memory://runs/a/model.ckpt", message, ProblemKind.MISSING),
    )
    assert located(["memory://nowhere/m"])[0].kind is ProblemKind.MISSING


def test_local_and_remote_in_one_call(memory):
    put(memory, "/runs/a")
    report = bnlint.check([UNWIRED, "memory://runs/a", UNWIRED / NAME, f"memory://runs/a/{NAME}"])
    assert [a.path for a in report.artifacts] == [str(UNWIRED), "memory://runs/a"]
    assert bnlint.check(["memory://runs/a", "memory://runs/b", UNWIRED], bnlint.Settings(jobs=2)).summary.problems >= 1


def test_a_state_file_does_not_lead_out_of_its_store(memory):
    memory.pipe("/runs/checkpoint", f'model_checkpoint_path: "{UNWIRED / NAME}"\n'.encode())
    assert located(["memory://runs"])[0].kind is ProblemKind.NO_CHECKPOINT
    put(memory, "/other")
    memory.pipe("/runs/checkpoint", f'model_checkpoint_path: "memory://other/{NAME}"\n'.encode())
    assert located(["memory://runs"])[0].prefix == f"memory://other/{NAME}"


def test_a_second_run_sees_what_was_changed(server, tmp_path):
    for fixture, has_findings in (("layers_unwired", True), ("layers_wired", False), ("ema_unwired", True)):
        shutil.copytree(TF1 / fixture, tmp_path / "run", dirs_exist_ok=True)
        report = bnlint.check(f"{server.url}/run/{NAME}")
        assert (bool(report.findings), report.summary.problems) == (has_findings, 0)


class Counting(LocalStorage):
    def __init__(self):
        self.count = self.reads = 0

    def open(self, path, /):
        source, storage = super().open(path), self
        real = source.read

        class Counted:
            size = source.size

            def read(self, offset, length, /):
                storage.count += length
                storage.reads += 1
                return real(offset, length)

            def close(self):
                source.close()

        return Counted()


def locally(path):
    """Return what a local check reads: bytes, and how often."""
    from bnlint.artifacts.opening import open_artifact

    storage = Counting()
    (place,) = located([str(path)], storage=storage)
    report_artifact(open_artifact(place, storage), Asked())
    return storage.count, storage.reads


@pytest.mark.parametrize("suffix", ["", ".index", ".meta", DATA])
def test_over_http_by_name(server, tmp_path, suffix):
    shutil.copytree(UNWIRED, tmp_path / "run")
    big = tmp_path / "run" / (NAME + DATA)
    big.write_bytes(big.read_bytes() + bytes(50_000_000))
    report = bnlint.check(f"{server.url}/run/{NAME}{suffix}")
    assert {f.rule for f in report.findings} == {"BN101", "BN301"}
    count, reads = locally(UNWIRED / NAME)
    assert server.sent <= count + 2 * PAGE * reads
    assert server.sent < 2 * count
    assert [r for r in server.requests if r.startswith(f"GET /run/{NAME}.") and "bytes=" not in r] == []


def test_a_directory_over_http_by_its_state_file(server, tmp_path):
    shutil.copytree(UNWIRED, tmp_path / "run")
    (found,) = located([f"{server.url}/run"])
    assert isinstance(found, BundleFiles)
    assert found.name == NAME
    (tmp_path / "run" / "checkpoint").unlink()
    REMOTE.forget()
    (nothing,) = located([f"{server.url}/run"])
    assert nothing.message == "does not exist, nor is it the prefix of a checkpoint"


def test_shards_over_http_are_counted_in_the_index(server, tmp_path):
    index = (UNWIRED / f"{NAME}.index").read_bytes()
    (tmp_path / "m.index").write_bytes(index)
    (found,) = located([f"{server.url}/m"])
    assert found.shards == (f"{server.url}/m{DATA}",)
    assert found.meta is None


def test_a_saved_model_over_http(server, tmp_path):
    (tmp_path / "sm" / "variables").mkdir(parents=True)
    (tmp_path / "sm" / "saved_model.pb").write_bytes(b"\x08\x01\x12\x00")
    shutil.copy(UNWIRED / f"{NAME}.index", tmp_path / "sm" / "variables" / "variables.index")
    for path in ("sm", "sm/saved_model.pb", "sm/variables/variables.index"):
        (found,) = located([f"{server.url}/{path}"])
        assert isinstance(found, SavedModelFiles), path
        assert found.variables is not None
        assert (found.graph, found.variables.index) == (
            f"{server.url}/sm/saved_model.pb",
            f"{server.url}/sm/variables/variables.index",
        )


def test_a_v1_checkpoint_over_http(server, tmp_path):
    for name in ("m-5", "s-00000-of-00002", "s-00001-of-00002"):
        (tmp_path / name).write_bytes(V1)
    shards = tuple(f"{server.url}/s-0000{number}-of-00002" for number in (0, 1))
    for with_graph in (False, True):
        (found,) = located([f"{server.url}/m-5"])
        assert (found.v1, found.meta is not None) == ((f"{server.url}/m-5",), with_graph)
        for path in ("s-00001-of-00002", "s-?????-of-00002"):
            (found,) = located([f"{server.url}/{path}"])
            assert (found.prefix, found.v1, found.meta is not None) == (f"{server.url}/s", shards, with_graph)
        for name in ("m-5.meta", "s.meta"):
            (tmp_path / name).touch()
        REMOTE.forget()


def told(path):
    report = bnlint.check(path)
    (problem,) = report.artifacts[0].problems
    assert problem.path == path
    assert "\n" not in problem.message
    return problem


def test_what_goes_wrong_over_http_is_one_line(server, tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "_READ_SECONDS", 0.2)
    url = server.url
    assert told(f"{url}/m").kind is ProblemKind.MISSING
    (tmp_path / "page.h5").write_bytes(b"<!DOCTYPE html><html>")
    assert told(f"{url}/page.h5").message.startswith("is an HTML page")
    server.status = {"/secret.h5": 403, "/broken.h5": 500}
    assert told(f"{url}/secret.h5").message == "cannot be read: access is denied (403)"
    assert told(f"{url}/broken.h5").message == "cannot be read: the server answers 500 Internal Server Error"
    server.says_length = False
    (tmp_path / "endless.h5").write_bytes(bytes(9000))
    assert told(f"{url}/endless.h5").message == "cannot be read: the server does not say how long it is"
    server.delay = 1.0
    assert told(f"{url}/slow.h5").message == "cannot be read: the server does not answer in time"
    assert told("http://127.0.0.1:9/m.h5").message.startswith("cannot be read: Cannot connect to host 127.0.0.1:9")


def test_a_server_that_ignores_ranges_is_not_believed(server, tmp_path):
    shutil.copytree(UNWIRED, tmp_path / "run")
    with (tmp_path / "run" / f"{NAME}.index").open("ab") as file:
        file.write(bytes(3 * PAGE))
    server.sends_ranges = False
    report = bnlint.check(f"{server.url}/run/{NAME}")
    assert any("does not send parts of a file" in p.message for a in report.artifacts for p in a.problems)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("gs://bucket/m", "gs:// needs another package: Please install gcsfs to access Google Storage"),
        ("s3://bucket/m", "s3:// needs another package: Install s3fs to access S3"),
        ("nothing://m", "Protocol not known: nothing"),
    ],
)
def test_a_filesystem_that_is_not_installed(path, words):
    assert told(path) == Problem(path, f"cannot be read: {words}", ProblemKind.DAMAGED)


def run(script):
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_without_the_extra():
    script = f"""
import sys
sys.modules["fsspec"] = None
import bnlint
for path in ("gs://bucket/m", "https://host/m.h5", "memory://m"):
    print(*[p.message for a in bnlint.check([path, {str(UNWIRED)!r}]).artifacts for p in a.problems])
"""
    assert run(script) == "cannot be read: needs fsspec: pip install 'bnlint[remote]'\n" * 3


def test_local_paths_never_import_fsspec():
    script = f"""
import sys, bnlint
assert bnlint.check([{str(TF1)!r}, {str(UNWIRED)!r} + "/*", "/no/such", "C://x"]).findings
print({{"fsspec", "aiohttp"}} & set(sys.modules))
"""
    assert run(script) == "set()\n"
