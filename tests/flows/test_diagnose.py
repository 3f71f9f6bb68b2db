"""How a workspace stands."""

from pathlib import Path

import pytest

import llmops
from llmops.flows.diagnose import EXTRAS, Finding, diagnose


def findings(root: Path) -> dict[str, Finding]:
    with llmops.open(root) as ws:
        return {f.what: f for f in diagnose(ws.root, ws.settings, ws.store, ws.registry)}


def test_every_extra_is_looked_at(ready: Path) -> None:
    found = findings(ready)
    assert {f"extra {name}" for name in EXTRAS} <= set(found)
    assert found["workspace"].state == "ok"


def test_a_folder_without_settings_is_noted(ready: Path) -> None:
    (ready / "llmops.toml").unlink()
    assert findings(ready)["workspace"].state == "note"


def test_a_missing_package_is_a_pip_line(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRAS, "rag", ("no-such-package-anywhere",))
    finding = findings(ready)["extra rag"]
    assert (finding.state, finding.hint) == ("note", 'pip install "llmops[rag]"')


def test_an_unknown_model_is_wrong(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMOPS_MODELS_DEFAULT", "nowhere/m")
    assert findings(ready)["default model"].state == "wrong"
