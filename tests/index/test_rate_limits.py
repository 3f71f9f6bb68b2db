"""An embedding model whose server says that it is asked too often: the sync waits as told, and embeds nothing twice."""

from collections import Counter
from collections.abc import Iterator

import pytest

from llmops.backends.endpoints import Endpoint
from llmops.backends.hosted_embedder import HostedEmbedder
from llmops.backends.openai_http import OpenAIEmbeddings
from llmops.backends.retries import Retries
from llmops.backends.window import shared_window
from llmops.core.errors import ModelError
from llmops.core.hashing import Json
from tests.support.indexes import Library
from tests.support.model_server import Behaviour, ModelServer, model_server

TOO_MANY = Behaviour(status=429, headers={"retry-after-ms": "20"})
ANSWER = Behaviour()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


def hosted(library: Library, server: ModelServer) -> Endpoint:
    """Have the library's texts embedded by the server, with short waits between attempts."""
    endpoint = Endpoint(model="house/e", provider="house", name="e", api_base=server.api_base)
    retries = Retries(first=0.01)
    library.embedder = HostedEmbedder("house/e", "the house", lambda: OpenAIEmbeddings(endpoint, retries))
    assert library.embedder.dimension == 8  # asks once
    server.requests.clear()
    return endpoint


def documents(count: int) -> dict[str, str]:
    return {f"{number:04d}.md": f"text of document {number}" for number in range(count)}


def inputs(server: ModelServer) -> list[tuple[Json, ...]]:
    return [tuple(request.body["input"]) for request in server.requests]


def test_a_sync_that_is_told_to_slow_down_waits_and_finishes(library: Library, server: ModelServer) -> None:
    endpoint = hosted(library, server)
    server.script(TOO_MANY, ANSWER, TOO_MANY, TOO_MANY, TOO_MANY, ANSWER)
    report = library.write(documents(300)).sync()
    assert (report.added, report.embedded, report.failed) == (300, 300, ())
    asked = Counter(inputs(server))
    # What was refused was asked again as it was, and each text was answered once.
    assert sorted(asked.values()) == [1, 2, 4]
    assert sum(len(texts) for texts in asked) == len({text for texts in asked for text in texts}) == 300
    window = shared_window(endpoint.provider, endpoint.address)
    assert window.closed_until > window.narrowed_at  # the server's 20 ms
    assert window.width < 3
    assert library.verify().sound


def test_a_limit_that_stays_ends_the_sync_and_the_next_goes_on_where_it_ended(
    library: Library, server: ModelServer
) -> None:
    hosted(library, server)
    server.script(ANSWER)
    server.behaviour = Behaviour(status=429, headers={"Retry-After": "3600"})
    with pytest.raises(ModelError, match=r"limits the rate \(HTTP 429, model house/e\)") as caught:
        library.write(documents(300)).sync()
    assert (caught.value.retry_after, len(server.requests)) == (3600, 2)
    assert "set rpm or tpm below [connections.house]" in caught.value.hint
    assert library.content() == {}
    first = set(inputs(server)[0])
    server.reset()
    report = library.sync()
    assert (report.added, report.embedded) == (300, 172)
    assert not first & {text for texts in inputs(server) for text in texts}
    assert library.verify().sound
