"""The wheel: builds, installs into an empty environment, and works there without any extra."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_wheel_works_in_an_empty_environment(tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, ROOT, cwd=tmp_path)
    (wheel,) = tmp_path.glob("llmops-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "llmops/templates/rag/llmops.toml" in names
    assert "llmops/py.typed" in names
    assert not [name for name in names if name.startswith("tests")]
    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel, cwd=tmp_path)
    llmops = python.with_name("llmops")
    assert run(llmops, "--version", cwd=tmp_path).startswith("llmops ")
    run(llmops, "init", "greeter", "--template", "chat", cwd=tmp_path)
    run(llmops, "register", cwd=tmp_path / "greeter")
    assert "contains" in run(llmops, "eval", "greet", cwd=tmp_path / "greeter")
    run(llmops, "init", "shop", cwd=tmp_path)
    missing = subprocess.run(
        [llmops, "index", "sync", "docs"], capture_output=True, text=True, check=False, cwd=tmp_path / "shop"
    )
    assert missing.returncode == 2
    assert 'pip install "llmops[rag]"' in missing.stderr
