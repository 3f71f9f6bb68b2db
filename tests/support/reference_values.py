"""Data kept outside the repository: numbers from scipy, scikit-learn, sacrebleu, rouge-score, and retrieval collections."""

import json
from pathlib import Path

import pytest

from llmops.core.hashing import Json

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def shared_file(name: str) -> Path:
    """A file of the shared data; skips the test where it is not there."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"no shared data at {path}")
    return path


def shared_records(name: str) -> list[dict[str, Json]]:
    """The records of a JSONL file of the shared data."""
    return [json.loads(line) for line in shared_file(name).read_text(encoding="utf-8").splitlines()]


def reference(section: str) -> Json:
    """One section of the reference values."""
    return json.loads(shared_file("statistics/reference_values.json").read_text(encoding="utf-8"))[section]
