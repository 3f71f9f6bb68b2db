"""Services as a suite describes them."""

import pytest
from pydantic import ValidationError

from llmops.core.hashing import Json
from llmops.domain.service import ServiceSpec


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({}, "a service has a url, or a connection"),
        ({"url": "https://a.example", "connection": "a"}, "a service has a url, or a connection"),
        ({"url": "ftp://a.example/x"}, "url is no http or https address"),
        ({"url": "file:///etc/passwd"}, "url is no http or https address"),
        ({"url": "https://a.example:0/"}, "url is no http or https address"),
        ({"url": "https://a.example/ x"}, "url is no http or https address"),
        ({"url": "https://ann:secret@a.example"}, "url holds a user or password"),
        ({"url": "https://a.example", "path": "/x"}, "path goes with connection"),
        ({"connection": "a", "path": "x"}, "path goes with connection, and begins with /"),
        ({"connection": "a", "method": "GET", "body": {}}, "GET has no body; write query"),
        ({"connection": "a", "method": "DELETE"}, "Input should be 'GET', 'POST', 'PUT' or 'PATCH'"),
        ({"connection": "a", "format": "openai", "output": "$.x"}, "knows where things are, so output is not said"),
        ({"connection": "a", "format": "openai", "method": "GET"}, "knows where things are, so method is not said"),
        ({"connection": "a", "format": "openai", "body": "x"}, "body is a map of further parameters"),
        ({"connection": "a", "stream": True}, "stream goes with format: openai; put it into body"),
        ({"connection": "a", "model": "x"}, "model goes with format: openai; put it into body"),
        ({"connection": "a", "timeout": "2h"}, "it must be above 0s and at most 1h"),
        ({"connection": "a", "timeout": "soon"}, "soon"),
        ({"connection": "a", "retries": 100}, "less than or equal to 20"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Json], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ServiceSpec.model_validate(written)


def test_a_service_is_named_without_what_may_be_secret() -> None:
    assert ServiceSpec(url="https://a.example/chat?key=s3cr3t").name == "https://a.example/chat"
    assert ServiceSpec(connection="desk", path="/v1/chat").name == "desk/v1/chat"
