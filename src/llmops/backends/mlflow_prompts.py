"""Prompts out of an MLflow registry, through MLflow's own client where it is installed."""

import importlib
from typing import Final

from llmops.core.errors import InputError, OutsideError
from llmops.core.hashing import Json

_FIELDS: Final = ("name", "version", "template", "response_format", "model_config", "commit_message", "aliases", "tags")


def fetch_prompts(uri: str) -> list[dict[str, Json]]:
    """The latest version of every prompt of a registry as plain data.

    Args:
        uri: of the tracking server, as MLflow takes it (`http://…`, `sqlite:///…`, a folder).

    Raises:
        InputError: mlflow is not installed; the hint is the pip line.
        OutsideError: the registry did not answer.
    """
    try:
        client_class = importlib.import_module("mlflow").MlflowClient
        failure = importlib.import_module("mlflow.exceptions").MlflowException
    except ImportError as error:
        raise InputError(
            "reading an MLflow prompt registry needs mlflow, which is not installed", hint='pip install "mlflow>=3.0"'
        ) from error
    try:
        client = client_class(tracking_uri=uri, registry_uri=uri)
        return [_latest(client, name) for name in _names(client)]
    except failure as error:
        raise OutsideError(f"the MLflow registry {uri} did not answer: {error}", hint="Check the address.") from error


def _names(client: Json) -> list[str]:
    names: list[str] = []
    token = None
    while True:
        page = client.search_prompts(page_token=token) if token else client.search_prompts()
        names += [prompt.name for prompt in page]
        token = getattr(page, "token", None)
        if not token:
            return names


def _latest(client: Json, name: str) -> dict[str, Json]:
    """The version with the highest number."""
    versions = client.search_prompt_versions(name)
    listed = getattr(versions, "prompt_versions", versions)
    newest = max(listed, key=lambda version: int(version.version))
    return as_data(client.get_prompt_version(name, str(newest.version)))


def as_data(version: Json) -> dict[str, Json]:
    """A prompt version of MLflow as plain data; fields that this MLflow does not have are left out."""
    found = {field: getattr(version, field, None) for field in _FIELDS}
    return {field: _plain(value) for field, value in found.items() if value is not None}


def _plain(value: Json) -> Json:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    dump = getattr(value, "model_dump", None)
    return _plain(dump(exclude_none=True)) if dump is not None else str(value)
