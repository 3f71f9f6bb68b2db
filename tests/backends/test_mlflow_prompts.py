"""Reading an MLflow prompt registry through its client, of which a small one stands in here."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from llmops.backends.mlflow_prompts import as_data, fetch_prompts
from llmops.core.errors import InputError, OutsideError
from llmops.core.hashing import Json


class MlflowException(Exception):
    """What MLflow raises."""


class Page(list[Json]):
    """A page of results, and the token of the next one."""

    token = ""


class Client:
    """Two prompts on two pages; the first in two versions."""

    def __init__(self, tracking_uri: str, registry_uri: str) -> None:
        assert tracking_uri == registry_uri
        self.uri = tracking_uri

    def search_prompts(self, page_token: str = "") -> Page:
        if "down" in self.uri:
            raise MlflowException("connection refused")
        page = Page([SimpleNamespace(name="second" if page_token else "first")])
        page.token = "" if page_token else "next"
        return page

    def search_prompt_versions(self, name: str) -> Json:
        return [SimpleNamespace(version=number) for number in ((1, 2) if name == "first" else (1,))]

    def get_prompt_version(self, name: str, version: str) -> Json:
        return SimpleNamespace(
            name=name, version=int(version), template="Hi {{x}}", aliases=["a"], tags={"k": "v"}, commit_message=None
        )


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """An mlflow that can be imported."""
    module, exceptions = ModuleType("mlflow"), ModuleType("mlflow.exceptions")
    setattr(module, "MlflowClient", Client)  # noqa: B010  # a module has no such attribute for mypy
    setattr(exceptions, "MlflowException", MlflowException)  # noqa: B010  # the same
    monkeypatch.setitem(sys.modules, "mlflow", module)
    monkeypatch.setitem(sys.modules, "mlflow.exceptions", exceptions)


@pytest.mark.usefixtures("mlflow")
def test_the_latest_version_of_every_prompt_is_read() -> None:
    assert fetch_prompts("http://127.0.0.1:5000") == [
        {"name": "first", "version": 2, "template": "Hi {{x}}", "aliases": ["a"], "tags": {"k": "v"}},
        {"name": "second", "version": 1, "template": "Hi {{x}}", "aliases": ["a"], "tags": {"k": "v"}},
    ]


@pytest.mark.usefixtures("mlflow")
def test_a_registry_that_does_not_answer_is_told() -> None:
    with pytest.raises(OutsideError, match="the MLflow registry http://down did not answer: connection refused"):
        fetch_prompts("http://down")


def test_without_mlflow_the_pip_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(InputError, match=r'needs mlflow, which is not installed\npip install "mlflow>=3\.0"'):
        fetch_prompts("http://127.0.0.1:5000")


def test_what_is_no_plain_data_becomes_some() -> None:
    config = SimpleNamespace(model_dump=lambda exclude_none: {"model_name": "gpt-4o"})
    version = SimpleNamespace(
        name="x", template=[{"role": "user"}], model_config=config, response_format=3, other=object()
    )
    assert as_data(version) == {
        "name": "x", "template": [{"role": "user"}], "model_config": {"model_name": "gpt-4o"}, "response_format": 3,
    }  # fmt: skip
