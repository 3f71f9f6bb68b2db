"""Which paths an export may have."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.registry.exchange.layout import blob_path, read_path, results_path, run_path, version_path

NAMES = st.from_regex(r"[a-z0-9][A-Za-z0-9_-]{0,9}(/[A-Za-z0-9][A-Za-z0-9_.-]{0,9}){0,2}", fullmatch=True).filter(
    lambda name: ".." not in name
)


@settings(max_examples=100, deadline=None)
@given(NAMES, st.integers(1, 10**6))
def test_a_path_names_its_version_and_no_other(name: str, number: int) -> None:
    found = read_path(version_path("prompt", name, number))
    assert found is not None
    assert (found.what, found.kind, found.name, found.number) == ("version", "prompt", name, number)


def test_paths_of_runs_and_blobs_name_them() -> None:
    run, results, blob = (
        read_path(run_path("run-1")),
        read_path(results_path("run-1")),
        read_path(blob_path("sha256:" + "a" * 64)),
    )
    assert run is not None
    assert results is not None
    assert blob is not None
    assert [(item.what, item.name) for item in (run, results, blob)] == [
        ("run", "run-1"), ("results", "run-1"), ("blob", "sha256:" + "a" * 64)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "", ".", "..", "/etc/passwd", "versions/prompt/../../x@1.json", "versions/prompt/..@1.json",
        "versions/prompt/%2e%2e/x@1.json", "versions\\prompt\\x@1.json", "versions/prompt/x@1.json\0", "//server/share",
        "C:\\x", "versions/prompt/x@0.json", "versions/prompt/x@1.json/", "./versions/prompt/x@1.json",
        "versions/elephant/x@1.json", "versions/prompt/x@1.txt", "versions/prompt//x@1.json", "versions/prompt/x#y@1.json",
        "blobs/" + "a" * 63, "blobs/" + "A" * 64, "runs/../x.json", "runs/.json", "runs/a/b.json", "llmops-export.json",
        "versions/prompt/x\n@1.json", "versions/prompt/x@1.json\n",
    ],
)  # fmt: skip
def test_no_other_path_means_anything(path: str) -> None:
    assert read_path(path) is None
