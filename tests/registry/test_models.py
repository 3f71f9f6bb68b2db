"""Versions of models."""

import pytest

from llmops.core.errors import InvalidFile, InvalidRef, NotFound
from llmops.domain.artifact import Origin
from llmops.domain.model import ModelFile, ModelSpec
from llmops.registry.models import add_model
from tests.support.registries import NOW, Desk


def spec(desk: Desk, data: bytes = b"weights", **fields: object) -> ModelSpec:
    file = ModelFile(path="model.bin", digest=desk.store.blobs.put(data), size=len(data), format="plain")
    return ModelSpec.model_validate({"files": (file,), **fields})


def test_the_same_content_is_the_same_version(desk: Desk) -> None:
    first = add_model(desk.store, "churn", spec(desk), Origin(), NOW)
    again = add_model(desk.store, "churn", spec(desk), Origin(message="other"), NOW)
    other = add_model(desk.store, "churn", spec(desk, b"other"), Origin(), NOW)
    assert (first.created, again.created, other.created) == (True, False, True)
    assert (first.version.number, again.version.number, other.version.number) == (1, 1, 2)
    assert desk.resolve("model/churn").digest == other.version.digest


def test_what_cannot_be_a_version(desk: Desk) -> None:
    lost = spec(desk)
    desk.store.blobs.remove(lost.files[0].digest)
    with pytest.raises(NotFound, match=r"model\.bin of model/churn is not in ") as caught:
        add_model(desk.store, "churn", lost, Origin(), NOW)
    assert "Log the file on a run" in caught.value.hint
    with pytest.raises(InvalidRef, match=r"'\.\./x' is no name"):
        add_model(desk.store, "../x", spec(desk), Origin(), NOW)
    with pytest.raises(InvalidFile, match="model/churn: this looks like"):
        add_model(desk.store, "churn", spec(desk, example=["AKIA" + "ABCDEFGHIJKLMNOP"]), Origin(), NOW)
    assert desk.store.versions.artifacts("model") == []
