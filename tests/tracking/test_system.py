"""The load of the machine."""

import sys

import pytest

from llmops.core.errors import ExtraMissing
from llmops.tracking.system import SystemLoad


def test_what_is_read() -> None:
    pytest.importorskip("psutil")
    read = SystemLoad().read()
    assert {"system/cpu_percent", "system/memory_percent", "system/process_memory_mb"} <= set(read)
    assert 1 < read["system/process_memory_mb"] < 1e6


def test_without_its_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(ExtraMissing, match="psutil") as caught:
        SystemLoad()
    assert "llmops[tracking]" in (caught.value.hint or "")
