"""Which packages made a model."""

import json
from importlib.metadata import version
from pathlib import Path

from llmops.domain.run import RunFile
from llmops.flows.models.frameworks import read_frameworks
from llmops.storage.folder_blobs import FolderBlobs


def test_the_run_says_what_it_ran_in(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    told = {"python": "3.12.1", "packages": {"scikit-learn": "1.4.0", "numpy": "1.26.0", "pandas": "2.2.0"}}
    logged = [RunFile(path="llmops/environment.json", digest=blobs.put(json.dumps(told).encode()), size=1)]
    assert read_frameworks(blobs, logged, ["skops"]) == {"python": "3.12.1", "numpy": "1.26.0", "scikit-learn": "1.4.0"}
    assert read_frameworks(blobs, logged, ["onnx"]) == {"python": "3.12.1", "numpy": "1.26.0"}


def test_without_a_run_this_process_does(tmp_path: Path) -> None:
    found = read_frameworks(FolderBlobs(tmp_path), [], ["safetensors"])
    assert found["safetensors"] == version("safetensors")
