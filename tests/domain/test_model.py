"""What a model is made of."""

import pytest
from pydantic import ValidationError

from llmops.domain.artifact import Version
from llmops.domain.model import Column, ModelFile, ModelSpec, blobs_of
from llmops.domain.noun import content_of
from tests.support.examples import NOW

DIGEST = "sha256:" + "a" * 64
FILE = ModelFile(path="model.skops", digest=DIGEST, size=3, format="skops")


@pytest.mark.parametrize("path", ["../model", "/etc/passwd", "a//b", "a/./b", "C:\\x", "a\\b", "", "a\nb", "x" * 501])
def test_a_file_stands_inside_of_the_model(path: str) -> None:
    with pytest.raises(ValidationError, match="is no place in a model"):
        ModelFile(path=path, digest=DIGEST, size=3, format="plain")


def test_a_model_has_files_each_at_its_place() -> None:
    with pytest.raises(ValidationError, match="at least one file"):
        ModelSpec(files=())
    with pytest.raises(ValidationError, match="stand at one place"):
        ModelSpec(files=(FILE, FILE))


def test_empty_fields_are_no_part_of_the_digest() -> None:
    assert content_of(ModelSpec(files=(FILE,))) == {
        "files": [{"path": "model.skops", "digest": DIGEST, "size": 3, "format": "skops"}],
        "signature": {},
    }


def test_the_blobs_of_versions() -> None:
    def of(kind: str, content: object) -> dict[str, int | None]:
        found = {"kind": kind, "name": "a", "number": 1, "digest": DIGEST, "content": content, "created_at": NOW}
        return blobs_of(Version.model_validate(found))

    assert of("model", content_of(ModelSpec(files=(FILE,)))) == {DIGEST: 3}
    assert of("dataset", {"blob": DIGEST}) == {DIGEST: None}
    assert of("prompt", {"body": "Hi"}) == of("model", {"files": "spoilt"}) == of("model", []) == {}


def test_columns_read_as_words() -> None:
    assert str(Column(name="age", type="int64", optional=True)) == "age: int64 or missing"
    assert str(Column(type="float32", shape=(None, 4))) == "float32[?, 4]"
