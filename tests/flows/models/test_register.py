"""Registering models from runs and from files."""

from pathlib import Path

import pytest

from llmops.core.errors import Conflict, InputError, NotFound
from llmops.core.names import parse_ref
from llmops.domain.model import ModelSpec
from llmops.flows.models.register import ModelParts, register_model
from llmops.flows.promotion.keeping import remove_run
from llmops.flows.services import Services
from tests.support.models import NOW, safetensors_bytes, trained
from tests.support.recording import make_recorder
from tests.support.repositories import new_repository


def paths(spec: ModelSpec) -> list[tuple[str, str]]:
    return [(file.path, file.format) for file in spec.files]


def test_names_on_the_run_come_before_files_here(services: Services, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "a.safetensors").write_bytes(safetensors_bytes())
    (tmp_path / "weights" / ".hidden").write_bytes(b"")
    (tmp_path / "notes.txt").write_bytes(b"of this machine")
    recorder = make_recorder(services.store)
    with recorder as run:
        run.log_folder(tmp_path / "weights")
        run.log_text("of the run", "notes.txt")
    (tmp_path / "vocabulary.txt").write_bytes(b"a b c")
    parts = ModelParts(["weights", "notes.txt", str(tmp_path / "vocabulary.txt")], recorder.id)
    spec = ModelSpec.model_validate(register_model(services, "churn", parts, NOW).version.content)
    assert paths(spec) == [
        ("notes.txt", "plain"),
        ("vocabulary.txt", "plain"),
        ("weights/a.safetensors", "safetensors"),
    ]
    assert services.store.blobs.get(spec.files[0].digest) == b"of the run"
    assert spec.run == recorder.id
    assert spec.frameworks["numpy"]
    local = register_model(services, "local", ModelParts([tmp_path / "weights"]), NOW).version
    assert paths(ModelSpec.model_validate(local.content)) == [("weights/a.safetensors", "safetensors")]


def test_the_same_again_is_the_same_version(services: Services, tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(b"weights")
    parts = ModelParts(["m.bin"], example=[{"age": 3}])
    assert register_model(services, "churn", parts, NOW).created
    again = register_model(services, "model/churn", parts, NOW)
    assert (again.created, again.version.number) == (False, 1)
    assert again.version.content["signature"] == {"inputs": [{"name": "age", "type": "int64"}]}
    assert again.version.content["example"] == [{"age": 3}]


@pytest.mark.parametrize(
    ("name", "files", "said"),
    [
        ("churn", ["model.bim"], "'model.bim' is neither logged on run-.* nor a file here\nDid you mean 'model.bin'?"),
        ("churn@2", ["model.bin"], "'churn@2' names a version"),
        ("churn", [], "a model has at least one file"),
        ("churn", ["model.bin", "model.bin"], "two files of a model stand at one place"),
        ("app/churn", ["model.bin"], "is of kind app, and here stands a model"),
    ],
)
def test_what_cannot_be_registered(services: Services, name: str, files: list[str], said: str) -> None:
    recorder = make_recorder(services.store)
    with recorder as run:
        run.log_text("weights", "model.bin")
    with pytest.raises(InputError, match=said):
        register_model(services, name, ModelParts(files, recorder.id), NOW)
    assert services.store.versions.artifacts("model") == []


def test_a_pickle_is_kept_and_said_to_be_one(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.pkl").write_bytes(b"\x80\x04.")
    version = register_model(services, "churn", ModelParts(["m.pkl"]), NOW).version
    assert version.content["files"][0]["format"] == "pickle"
    assert "m.pkl is a pickle: it is kept as it is, and llmops never loads it" in capsys.readouterr().err


def test_the_dataset_must_be_registered(services: Services, tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(b"weights")
    data = tmp_path / "evals" / "data" / "churn.jsonl"
    data.parent.mkdir(parents=True)
    data.write_text('{"id": "1", "inputs": {"age": 3}}\n')
    parts = ModelParts(["m.bin"], dataset="churn")
    with pytest.raises(InputError, match="dataset/churn is not registered as it is now") as caught:
        register_model(services, "churn", parts, NOW)
    assert caught.value.hint == "llmops register"
    services.registry.register(now=NOW)
    version = register_model(services, "churn", parts, NOW).version
    assert version.content["dataset"]["digest"] == services.registry.resolve(parse_ref("dataset/churn@1")).digest
    with pytest.raises(Conflict, match=r"dataset/churn@1 is part of model/churn@1"):
        services.registry.delete(parse_ref("dataset/churn"))


def test_the_code_is_the_runs(services: Services, tmp_path: Path) -> None:
    commit = new_repository(tmp_path).commit({"train.py": "x = 1\n", "m.bin": b"weights"})
    local = register_model(services, "local", ModelParts([tmp_path / "m.bin"]), NOW).version
    assert local.origin.git_commit == commit
    (tmp_path / "train.py").write_text("x = 2\n")
    recorded = trained(services)
    assert (recorded.origin.git_commit, recorded.origin.git_dirty) == ("", False)  # it ran outside of a repository


def test_a_run_with_a_model_stays(services: Services) -> None:
    version = trained(services)
    run = services.store.runs.get(version.content["run"])
    with pytest.raises(Conflict, match=f"model/churn@1 came from {run.id}") as caught:
        remove_run(services, run)
    assert caught.value.hint == "Delete that first: llmops delete model/churn"
    services.registry.delete(parse_ref("model/churn"))
    remove_run(services, run)


def test_an_unknown_run(services: Services) -> None:
    with pytest.raises(NotFound, match="there is no run 'run-x'"):
        register_model(services, "churn", ModelParts(["m.bin"], "run-x"), NOW)
