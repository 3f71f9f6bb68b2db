"""What a person who mistyped a ref is told."""

import pytest

from llmops.core.errors import InputError, NotFound
from llmops.registry.files import WorkspaceFiles
from llmops.registry.lookup import Lookup
from tests.support.registries import Desk, ref


def lookup(desk: Desk) -> Lookup:
    return Lookup(desk.store, WorkspaceFiles(desk.root))


def test_versions_by_number_alias_latest_and_digest(any_desk: Desk) -> None:
    any_desk.versions(3)
    any_desk.move("prompt/answer@2")
    found = lookup(any_desk)
    second = found.version(ref("prompt/answer@2"))
    for selector in ("production", second.digest, second.digest[:20]):
        assert found.version(ref(f"prompt/answer@{selector}")) == second
    assert found.version(ref("prompt/answer@latest")).number == 3
    assert found.version(ref("prompt/answer")).number == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prompt/anwser", "there is no prompt called 'anwser'\nDid you mean 'answer'?"),
        ("prompt/anwser@3", "there is no prompt called 'anwser'\nDid you mean 'answer'?"),
        ("prompt/zzz", "there is no prompt called 'zzz'\nKnown: answer, draft."),
        ("prompt/draft@1", "prompt/draft has no versions yet, only the file prompts/draft.md\nRegister it: llmops register"),
        ("app/docs", "there is no app called 'docs'\nThere is none yet; write apps/docs.yaml."),
        ("prompt/answer@9", "prompt/answer has no version 9\nThere are versions 1 to 2: llmops history prompt/answer"),
        ("prompt/answer@prodction",
         "prompt/answer has no alias 'prodction'\nDid you mean 'production'? To set it: llmops promote prompt/answer@2 --to"),
        ("prompt/answer@sha256:00000000", "prompt/answer has no version with the digest sha256:00000000"),
    ],
)  # fmt: skip
def test_what_is_not_there(desk: Desk, text: str, said: str) -> None:
    desk.versions(2)
    desk.move("prompt/answer@1")
    desk.write("prompts/draft.md", "x")
    with pytest.raises(NotFound, match=r".") as caught:
        lookup(desk).version(ref(text))
    assert str(caught.value).startswith(said)


def test_many_names_are_not_listed(desk: Desk) -> None:
    for number in range(20):
        desk.write(f"prompts/p{number}.md", "x")
    with pytest.raises(NotFound, match=r"there is no prompt called 'zebra'\nSee them with: llmops list prompt"):
        lookup(desk).version(ref("prompt/zebra"))


def test_the_working_file_is_no_version(desk: Desk) -> None:
    with pytest.raises(InputError, match=r"prompt/a@working is the working file, no version"):
        lookup(desk).version(ref("prompt/a@working"))
