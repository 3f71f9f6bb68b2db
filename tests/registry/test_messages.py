"""Bodies are cut into messages before anything is put in."""

import pytest

from llmops.core.errors import InvalidFile, RenderError
from llmops.domain.interaction import Message
from llmops.registry.messages import history_place, opens_messages, read_turns, split_messages


def test_lines_with_a_role_open_messages() -> None:
    sections = split_messages("system:\nBe brief.\n\nuser: \n{{ q }}\nassistant:\nOk", "p", first_line=5)
    assert [(s.role, s.text, s.line) for s in sections] == [
        ("system", "Be brief.\n\n", 6), ("user", "{{ q }}\n", 9), ("assistant", "Ok", 11),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", ["Just ask: {{ q }}", "The user: is right", "  system:\nindented", "users:\nno role", ""]
)
def test_without_such_a_line_it_is_one_user_message(body: str) -> None:
    assert [(s.role, s.text) for s in split_messages(body, "p")] == [("user", body)]
    assert not opens_messages(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Hello\nuser:\nHi", "p:1: text stands before the first `user:`"),
        ("\nsystem: Be brief.\nuser:\nHi", "p:2: text stands on the line of `system:`"),
        ("user: Hi", "p:1: text stands on the line of `user:`"),
        ("history:\nuser:\nx\nhistory:\n", "p:4: `history:` stands here a second time"),
        ("history:\ntext\nuser:\nx", "p:2: text stands below `history:`"),
    ],
)
def test_bodies_that_are_cut_wrongly(body: str, said: str) -> None:
    with pytest.raises(InvalidFile, match=r"^p:") as caught:
        split_messages(body, "p")
    assert str(caught.value).startswith(said)


def test_comments_may_stand_before_the_first_message() -> None:
    assert [s.role for s in split_messages("{# why\nso #}\n\nsystem:\nx", "p")] == ["system"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("system:\na\nhistory:\nuser:\nb", 1),
        ("system:\na\nuser:\nb\nassistant:\nc\nuser:\nd", 3),
        ("b", 0),
        ("system:\na", 1),
    ],
)
def test_where_earlier_turns_go(body: str, place: int) -> None:
    assert history_place(split_messages(body, "p")) == place


def test_turns_are_messages_or_maps() -> None:
    turn = Message(role="user", content="a")
    assert read_turns([turn, {"role": "assistant", "content": "b"}]) == [turn, Message(role="assistant", content="b")]
    with pytest.raises(RenderError, match=r"history\[1\] is no turn: role: .*\nA turn looks like"):
        read_turns([turn, {"role": "robot", "content": "b"}])
