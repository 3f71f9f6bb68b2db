"""What the tests of the backends share: a model server, settings that lead to it, requests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmops.core.settings import Settings, load_settings
from tests.support.model_server import ModelServer, model_server


@pytest.fixture(scope="session")
def running_server() -> Iterator[ModelServer]:
    """One server for all tests."""
    with model_server() as server:
        yield server


@pytest.fixture
def server(running_server: ModelServer) -> ModelServer:
    """The server as if it had just been started."""
    running_server.reset()
    return running_server


@pytest.fixture
def settings_with(tmp_path: Path) -> Callable[[str], Settings]:
    """Settings read from the text of a `llmops.toml`; the environment does not count."""

    def read(text: str) -> Settings:
        (tmp_path / "llmops.toml").write_text(text, encoding="utf-8")
        return load_settings(tmp_path, {})

    return read
