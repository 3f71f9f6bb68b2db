"""Literal credentials never become artifacts."""

import pytest

from llmops.core.errors import InvalidFile
from llmops.registry.secrets import refuse_secrets
from llmops.text.yaml import parse_yaml
from tests.support.registries import Desk

KEYS = [
    ("sk-" + "a1B2" * 8, "an OpenAI key"),
    ("sk-proj-" + "a1B2" * 12, "an OpenAI key"),
    ("sk-ant-" + "api03-a1B2" * 4, "an Anthropic key"),
    ("AKIA" + "ABCD1234" * 2, "an AWS access key"),
    ("ghp_" + "a1B2" * 9, "a GitHub token"),
    ("github_pat_" + "a1B2" * 12, "a GitHub token"),
    ("glpat-" + "a1B2" * 5, "a GitLab token"),
    ("hf_" + "aBcD" * 9, "a Hugging Face token"),
    ("xoxb-" + "1234567890-abc", "a Slack token"),
    ("AIza" + "a1B2c" * 7, "a Google key"),
    ("sk_live_" + "a1B2" * 6, "a Stripe key"),
    ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
    ("eyJ" + "a1B2" * 5 + ".eyJ" + "a1B2" * 5 + "." + "a1B2" * 5, "a signed token"),
    ("Authorization: Bearer " + "a1B2" * 8, "a bearer token"),
    ("postgresql://user:hunter22@db.example.com/x", "a password in a URL"),
]


@pytest.mark.parametrize(("key", "looks_like"), KEYS)
def test_keys_are_found_anywhere_and_never_repeated(key: str, looks_like: str) -> None:
    with pytest.raises(InvalidFile, match=rf"^f\.md:3: this looks like {looks_like}\n") as caught:
        refuse_secrets(f"one\ntwo\nuse {key} here", "f.md")
    assert key not in str(caught.value)
    assert "key_env" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "risk-averse-investors-prefer-bonds-to-shares", "task-oriented-dialogue-systems-of-today", "the ghost_writer",
        "https://example.com/a:b@c", "Bearer tokens are short-lived and should-not-be-logged", "sk-…", "AKIA", "a token a day",
        "http://localhost:8080/v1",
    ],
)  # fmt: skip
def test_prose_is_left_alone(text: str) -> None:
    refuse_secrets(text, "f.md")


@pytest.mark.parametrize(
    "field", ["api_key", "apiKey", "openai_api_key", "password", "client_secret", "token", "Authorization"]
)
def test_fields_called_like_a_credential_are_refused(field: str) -> None:
    text = f"a: 1\nparameters:\n  {field}: abc123\n"
    with pytest.raises(InvalidFile, match=rf"^f\.yaml:3: '{field}' holds a literal credential"):
        refuse_secrets(text, "f.yaml", parse_yaml(text, "f.yaml"))


@pytest.mark.parametrize(
    "text",
    [
        "inputs: {password: string, token: {type: string}}", "max_tokens: 100", "parameters: {api_key: ''}",
        "key_env: OPENAI_API_KEY",
        "api_key: ${OPENAI_API_KEY}", "secret: <yours>", "tokens: 5", "stop_token: END", "token_count: many",
    ],
)  # fmt: skip
def test_declarations_and_placeholders_are_left_alone(text: str) -> None:
    refuse_secrets(text, "f.yaml", parse_yaml(text, "f.yaml"))


def test_no_kind_of_file_is_registered_with_a_key(desk: Desk) -> None:
    key = KEYS[0][0]
    for name, text in [
        ("prompts/a.md", f"Say {key}.\n"),
        ("apps/a.yaml", f"prompt: {{body: hi}}\nparameters: {{user: {key}}}\n"),
        ("rag/a.yaml", "sources: [{files: x}]\napi_key: abc\n"),
        ("evals/data/a.jsonl", f'{{"id": "a", "inputs": {{"q": "{key}"}}}}\n'),
    ]:
        path = desk.write(name, text)
        said = desk.complaint()
        assert said.startswith(f"{name}:")
        assert key not in said
        path.unlink()
