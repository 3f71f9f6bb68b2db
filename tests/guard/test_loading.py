"""Everything that is wrong with a policy is said where it stands, before anything runs."""

from pathlib import Path

import pytest

from llmops.core.errors import InputError, InvalidFile
from llmops.domain.policy import CheckSpec, PolicySpec
from llmops.guard.loading import Services, load_check, read_policy
from llmops.text.beside import FilesBelow
from llmops.text.yaml import parse_yaml


def read(text: str, root: Path = Path("/nowhere")) -> PolicySpec:
    return read_policy(parse_yaml(text, "policies/chat.yaml"), FilesBelow(root))


def test_a_check_is_written_out_with_its_defaults() -> None:
    (pii,), (flagged,) = read("input: [pii]").input, read("input: [pii: {action: flag}]").input
    assert (pii.check, pii.name, pii.action, pii.on_error, pii.timeout_ms) == ("pii", "pii", "redact", "block", 200)
    assert flagged.on_error == "allow"


def test_action_on_error_time_and_name_can_be_said() -> None:
    (check,) = read("input: [secrets: {action: flag, on_error: block, timeout_ms: 50, name: keys}]").input
    assert (check.name, check.action, check.on_error, check.timeout_ms) == ("keys", "flag", "block", 50)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("inptu: [pii]", r"chat.yaml:1: unknown key 'inptu'\nDid you mean 'input'"),
        ("input:\n  - pii\n  - pi", r"chat.yaml:3: there is no check called 'pi'\nDid you mean 'pii'"),
        ("input:\n  - pii:\n      entitys: [email]", r"chat.yaml:3: check 'pii' takes no argument 'entitys'\nDid you mean"),
        ("input:\n  - pii: {entities: [mail]}", r"chat.yaml:2: check 'pii': entities is \['mail'\]; it should be"),
        ("input:\n  - pii: {action: remove}", r"chat.yaml:2: action cannot be 'remove'"),
        ("input:\n  - pii: {on_error: shrug}", r"chat.yaml:2: .*on_error"),
        ("input:\n  - pii: {timeout_ms: soon}", r"chat.yaml:2: .*timeout_ms must be a whole number"),
        ("input:\n  - [pii]", r"chat.yaml:2: a check is a name, or one name with a map"),
        ("input:\n  - pii\n  - pii", r"chat.yaml:3: two checks are called 'pii'\nGive one a name"),
        ("input:\n  - length: {max: 9, action: redact}", r"chat.yaml:2: check 'length' finds no stretches"),
        ("input:\n  - length", r"chat.yaml:2: check 'length': there is no limit\nWrite length"),
        ("input:\n  - regex", r"chat.yaml:2: check 'regex' needs the argument 'pattern'"),
        ("input:\n  - phrases: {file: gone.txt}", r"chat.yaml:2: file 'gone.txt': there is no such file"),
        ("input:\n  - phrases: {file: ../../etc/passwd}", r"chat.yaml:2: file .* this lies outside of the workspace"),
        ("input:\n  - phrases: {lines: [a]}", r"chat.yaml:2: check 'phrases' takes no argument 'lines'"),
        ("description: nothing", r"chat.yaml:.*this policy has no checks\nWrite input"),
        ("[pii]", r"chat.yaml:?.*a policy is a map"),
        ("input: pii", r"chat.yaml:1: .*input must be a list"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidFile, match=said):
        read(text)


def test_a_service_that_is_not_there_is_told_when_it_is_needed() -> None:
    spec = CheckSpec(check="own", name="own", action="block", on_error="block")
    with pytest.raises(InputError, match=r"no check called 'own'"):
        load_check(spec, Services())


def test_the_lines_of_a_file_are_part_of_the_policy(tmp_path: Path) -> None:
    (tmp_path / "banned.txt").write_text("acme\n")
    before = read("input: [phrases: {file: banned.txt}]", tmp_path)
    (tmp_path / "banned.txt").write_text("acme\nglobex\n")
    assert before.input[0].arguments == {"file": "banned.txt", "lines": ["acme"]}
    assert read("input: [phrases: {file: banned.txt}]", tmp_path) != before
