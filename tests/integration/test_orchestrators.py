"""The snippets for Airflow and Kubeflow, with light stand-ins for both."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration import recipes
from tests.running import NO_BATCH_NORM, UNWIRED, WIRED


@pytest.fixture
def orchestrators(monkeypatch: pytest.MonkeyPatch) -> type[Exception]:
    """Put light stand-ins for Airflow and Kubeflow in their place; return what Airflow raises."""

    class AirflowFailException(Exception):  # noqa: N818 - Airflow's name
        pass

    def decorator(*words: object, **more: object) -> Any:
        return words[0] if words else lambda function: function

    modules: dict[str, dict[str, object]] = {
        "airflow": {},
        "airflow.sdk.exceptions": {"AirflowFailException": AirflowFailException},
        "airflow.sdk": {"task": decorator},
        "kfp": {
            "dsl": types.SimpleNamespace(component=decorator, Input=list, Output=list, Model=object, Metrics=object)
        },
    }
    for name, members in modules.items():
        module = types.ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    return AirflowFailException


def defined(name: str) -> Callable[..., Any]:
    """Return the function of a snippet, which has imported nothing of bnlint yet."""
    scope: dict[str, Any] = {}
    exec(compile(recipes.example("orchestrators", name), name, "exec"), scope)
    assert "bnlint" not in scope
    function: Callable[..., Any] = scope["check_checkpoint"]
    return function


def test_the_task_of_airflow(orchestrators: type[Exception]) -> None:
    check = defined("airflow")
    assert check(WIRED)["errors"] == 0
    with pytest.raises(orchestrators, match=r"broken:\nconv/bn: BN101 frozen-statistics"):
        check(UNWIRED)
    with pytest.raises(orchestrators, match="no batch-norm layer"):
        check(NO_BATCH_NORM)
    with pytest.raises(RuntimeError, match="gone: does not exist"):
        check("gone")


def test_the_component_of_kubeflow(orchestrators: type[Exception]) -> None:
    check = defined("kubeflow")
    logged: dict[str, float] = {}
    counts = types.SimpleNamespace(log_metric=logged.__setitem__)

    def model(path: str) -> object:
        return types.SimpleNamespace(path=path, uri=f"gs://{path}")

    assert check(model(WIRED), counts) == "2 layers, nothing wrong"
    assert (logged["layers"], logged["errors"]) == (2, 0)
    with pytest.raises(RuntimeError, match="is broken:\nconv/bn: BN101"):
        check(model(UNWIRED), counts)
    assert logged["errors"] == 4
    with pytest.raises(RuntimeError, match="gone: does not exist"):
        check(model("gone"), counts)
