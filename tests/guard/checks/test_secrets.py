import pytest

from llmops.guard.checks.secrets import Secrets
from llmops.guard.normalise.reading import Reading

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow" + "IBAAKCAQEA7\nabc=\n" + "-----END RSA PRIVATE KEY-----"


def found(text: str, **options: bool) -> list[tuple[str, str]]:
    return [(f.type, text[f.start : f.end]) for f in Secrets(**options).find(Reading(text))]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("AWS_KEY", "AKIA" + "ABCDEFGHIJKLMNOP"), ("API_KEY", "sk-" + "proj-abc123abc123abc123abc"),
        ("GITHUB_TOKEN", "ghp_" + "a1" * 18),
        ("SLACK_TOKEN", "xoxb-" + "1234567890-abc"), ("STRIPE_KEY", "sk_live_" + "abcdefgh12345678"),
        ("GOOGLE_KEY", "AIza" + "a1b2c" * 7),
        ("JWT", "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0.abcdefghijklmnop"), ("PRIVATE_KEY", KEY),
    ],
)  # fmt: skip
def test_keys_of_services_are_found(kind: str, text: str) -> None:
    assert (kind, text) in found(f"here: {text} and so on", entropy=False)


def test_the_value_of_an_assigned_password_is_found_and_not_its_name() -> None:
    assert found("password: hunter2!") == [("PASSWORD", "hunter2!")]
    assert found('{"api_key": "abc12345"}') == [("PASSWORD", "abc12345")]


@pytest.mark.parametrize(
    "text", ["password: <yours>", "password: $PASSWORD", "password = ********", "The password: please"]
)
def test_placeholders_and_prose_are_no_passwords(text: str) -> None:
    assert found(text) == []


def test_tokens_that_look_random_are_found_where_that_is_asked() -> None:
    token = "k9Xv2LqT7mZp4RwY8sBn3CdF6gHj"
    assert found(f"use {token}") == [("SECRET", token)]
    assert found(f"use {token}", entropy=False) == []


@pytest.mark.parametrize(
    "text",
    [
        "9b74c9897bac770ffc029102a200c5de1f3b1e1d", "123e4567-e89b-12d3-a456-426614174000", "internationalizationAndLocalization",
        "https://example.com/Some/Path/To/An/Article2024/With/Words",
    ],
)  # fmt: skip
def test_hashes_ids_and_words_are_no_secrets(text: str) -> None:
    assert found(text) == []
