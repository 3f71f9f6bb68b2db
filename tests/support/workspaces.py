"""A small workspace that answers at once: the `rag` template with hashed vectors in place of a neural embedder."""

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from llmops.__main__ import main
from llmops.flows.scaffold import scaffold

SETTINGS = '[models]\nembedding = "offline/hash"\n\n[vectors]\nkind = "exact"\n'


def make_workspace(root: Path) -> Path:
    """Write the workspace."""
    scaffold(root, "rag")
    (root / "llmops.toml").write_text(SETTINGS)
    app = root / "apps" / "docs.yaml"
    text = app.read_text().replace("  retrieval:", "  embedding: offline/hash\n  retrieval:")
    app.write_text(text + "parameters: {min_similarity: 0.0}  # hashed vectors are far apart\n")
    return root


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


def llmops(*arguments: str, cwd: Path | None = None) -> Said:
    """Run the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    before, folder = sys.argv, Path.cwd()
    sys.argv = ["llmops", *arguments]
    code = 0
    try:
        if cwd is not None:
            os.chdir(cwd)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.argv = before
        os.chdir(folder)
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace as the current folder."""
    root = make_workspace(tmp_path / "shop")
    monkeypatch.chdir(root)
    monkeypatch.setenv("LLMOPS_ACTOR", "ada@example.com")
    monkeypatch.setenv("COLUMNS", "160")
    return root


@pytest.fixture
def ready(workspace: Path) -> Path:
    """The workspace registered and indexed."""
    assert llmops("register").code == 0
    assert llmops("index", "sync", "docs").code == 0
    return workspace
