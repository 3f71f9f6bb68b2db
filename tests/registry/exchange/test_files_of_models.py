"""Models travel with their files."""

import json
import shutil
from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.core.hashing import digest_bytes
from llmops.core.names import parse_ref
from llmops.domain.artifact import Origin
from llmops.domain.model import ModelFile, ModelSpec
from llmops.domain.run import Run
from llmops.registry.exchange.exporting import export
from llmops.registry.exchange.importing import import_export
from llmops.registry.models import add_model
from llmops.storage.store import open_store
from tests.support.registries import NOW, Desk

DATA = b"weights" * 300_000


@pytest.fixture
def exported(desk: Desk) -> Path:
    """A folder with an exported model."""
    file = ModelFile(path="model.bin", digest=desk.store.blobs.put(DATA), size=len(DATA), format="plain")
    add_model(desk.store, "churn", ModelSpec(files=(file,)), Origin(message="first"), NOW)
    export(desk.registry, desk.root / "out")
    return desk.root / "out"


def test_a_round_trip_is_exact(exported: Path, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = open_store("sqlite:///other.db", root=tmp_path / "other")
    assert [version.created for version in import_export(other, exported).versions] == [True]
    assert [version.created for version in import_export(other, exported).versions] == [False]
    assert other.versions.of("model", "churn") == desk.store.versions.of("model", "churn")
    assert other.blobs.get(digest_bytes(DATA)) == DATA
    other.close()


def test_evaluations_of_a_model_travel_as_evidence_and_those_of_apps_around_it_do_not(
    exported: Path, desk: Desk
) -> None:
    digest = desk.store.versions.of("model", "churn")[0].digest
    for run_id, refs in (("run-1", {"model": digest}), ("run-2", {"model": digest, "app": digest_bytes(b"app")})):
        desk.store.runs.start(Run(id=run_id, name="churn", started_at=NOW, refs=refs))
        desk.store.runs.finish(run_id, "finished", None, NOW)
    found = export(desk.registry, desk.root / "evidence", [parse_ref("model/churn")], evidence=True)
    assert found.runs == ("run-1",)


def test_a_model_with_other_bytes_is_not_imported(exported: Path, tmp_path: Path) -> None:
    blob = exported / "blobs" / digest_bytes(DATA)[7:]
    store = open_store("sqlite:///other.db", root=tmp_path)
    blob.write_bytes(DATA[:-1] + b"!")
    with pytest.raises(InvalidFile, match="its bytes are not those that were exported"):
        import_export(store, exported)
    manifest = json.loads((exported / "llmops-export.json").read_text())
    manifest["files"][f"blobs/{blob.name}"]["digest"] = digest_bytes(blob.read_bytes())
    (exported / "llmops-export.json").write_text(json.dumps(manifest))
    with pytest.raises(InvalidFile, match=r"this is no file of model/churn@1"):
        import_export(store, exported)
    del manifest["files"][f"blobs/{blob.name}"]
    (exported / "llmops-export.json").write_text(json.dumps(manifest))
    shutil.rmtree(exported / "blobs")
    with pytest.raises(InvalidFile, match="this blob is missing"):
        import_export(store, exported)
    assert store.versions.artifacts("model") == []
    store.close()
