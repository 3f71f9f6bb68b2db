"""The offline models: the extractive one quotes what it was handed, or says that it does not know."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.backends.catalogs import open_chat_model
from llmops.backends.hashed import HashEmbedder
from llmops.backends.offline import UNKNOWN, ExtractiveModel, open_chat
from llmops.core.bridge import run_sync
from llmops.core.errors import InputError, NotFound
from llmops.core.settings import Settings
from llmops.domain.corpus import Context
from llmops.domain.interaction import ChatReply, ChatRequest, Message
from llmops.domain.ports import ChatModel
from tests.support.caches import DictEmbeddings
from tests.support.chat import ask, ask_about, streamed

SettingsWith = Callable[[str], Settings]
HASHED = '[models]\nembedding = "offline/hash"'

ROLLBACK = "# Going back\n\nThe rollback command moves an alias back to the version it held before. It needs no gate."
EVAL = "The eval command runs a suite of cases. What does it print? It prints a table with intervals."


def answer(request: ChatRequest) -> ChatReply:
    return run_sync(ExtractiveModel("offline/extractive", lambda _: HashEmbedder()).chat(request))


def test_it_quotes_the_nearest_sentence_with_the_mark_of_its_context() -> None:
    reply = answer(
        ask_about("What does the rollback command do to an alias?", EVAL, ROLLBACK, parameters={"max_sentences": 1})
    )
    assert reply.text == "The rollback command moves an alias back to the version it held before. [2]"
    assert (reply.model, reply.finish_reason, reply.usage.cost) == ("offline/extractive", "stop", 0.0)
    assert reply.usage.prompt_tokens > 0
    assert reply.usage.completion_tokens == 14


def test_two_sentences_by_default_each_with_its_mark() -> None:
    reply = answer(ask_about("the eval command, a suite of cases, a table with intervals", EVAL, ROLLBACK))
    assert reply.text == "The eval command runs a suite of cases. [1] It prints a table with intervals. [1]"


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("Bananas?", (ROLLBACK, EVAL)),
        ("What does the rollback command do?", ()),
        ("What does the rollback command do?", ("", "   \n", "# Rollback command", "rollback rollback")),
    ],
    ids=["nothing near", "no contexts", "no statements"],
)
def test_it_does_not_know(question: str, texts: tuple[str, ...]) -> None:
    assert answer(ask_about(question, *texts)).text == UNKNOWN


def test_a_prompt_that_drops_a_context_changes_the_answer() -> None:
    question = "What does the rollback command do to an alias?"
    contexts = tuple(Context(id=text[:5], text=text) for text in (EVAL, ROLLBACK))

    def rendered(*texts: str) -> ChatRequest:
        content = "\n".join([*texts, question])
        return ChatRequest(
            model="offline/extractive",
            messages=(Message(role="system", content=content),),
            question=question,
            contexts=contexts,
        )

    assert "moves an alias back" in answer(rendered(EVAL, ROLLBACK)).text
    assert "moves an alias back" not in answer(rendered(EVAL)).text
    assert answer(rendered()).text == UNKNOWN


def test_indentation_and_line_breaks_of_a_prompt_do_not_matter() -> None:
    question = "What does the rollback command do to an alias?"
    indented = "\n".join("    " + line for line in ROLLBACK.replace("moves an", "moves\nan").splitlines())
    request = ChatRequest(
        model="offline/extractive",
        messages=(Message(role="user", content=indented),),
        question=question,
        contexts=(Context(id="a", text=ROLLBACK),),
    )
    assert answer(request).text.startswith("The rollback command moves an alias back")


def test_without_a_question_the_last_user_message_is_one() -> None:
    request = ChatRequest(
        model="offline/extractive",
        messages=(
            Message(role="system", content=ROLLBACK),
            Message(role="user", content="The rollback command: what does it do to an alias?"),
        ),
        contexts=(Context(id="a", text=ROLLBACK),),
    )
    assert answer(request).text.startswith("The rollback command moves")


def test_it_never_answers_with_the_question() -> None:
    faq = "How do I undo a promotion? Undo a promotion with the rollback command."
    assert (
        answer(ask_about("How do I undo a promotion?", faq)).text == "Undo a promotion with the rollback command. [1]"
    )


def test_parameters() -> None:
    request = {"question": "What does the rollback command do to an alias?"}
    assert answer(ask_about(request["question"], ROLLBACK, parameters={"min_similarity": 0.99})).text == UNKNOWN
    everything = answer(ask_about("x", ROLLBACK, EVAL, parameters={"min_similarity": -1, "max_sentences": 50}))
    assert everything.text.count("[") == 4
    assert answer(ask_about(request["question"], ROLLBACK, parameters={"temperature": 0})).text != UNKNOWN


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"max_sentences": 0}, "max_sentences = 0 is no number from 1 to 50"),
        ({"max_sentences": "two"}, "max_sentences = 'two'"),
        ({"max_sentences": True}, "max_sentences = True"),
        ({"min_similarity": 2}, "min_similarity = 2 is no cosine similarity"),
        ({"min_similarity": None}, "min_similarity = None"),
    ],
)
def test_parameters_that_cannot_be(parameters: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match=text):
        answer(ask_about("q", ROLLBACK, parameters=parameters))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=120), max_size=4))
def test_the_same_request_has_the_same_answer_made_of_its_contexts(question: str, texts: list[str]) -> None:
    request = ask_about(question, *texts, parameters={"min_similarity": -1})
    first, second = answer(request).text, answer(request).text
    assert first == second
    assert first == UNKNOWN or first.endswith("]")


def test_many_sentences_are_remembered_but_not_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmops.backends.offline._REMEMBERED", 3)
    model = ExtractiveModel("offline/extractive", lambda _: HashEmbedder())
    texts = [f"Sentence number {number} says something." for number in range(10)]
    first = run_sync(model.chat(ask_about("Sentence number 7", *texts)))
    assert first.text == run_sync(model.chat(ask_about("Sentence number 7", *texts))).text


def test_its_address_names_the_embedding_model() -> None:
    assert ExtractiveModel("m", lambda _: HashEmbedder(32)).address == "offline/extractive;1;offline/hash-32;1"


def test_the_configured_embedding_model_is_used(settings_with: SettingsWith) -> None:
    model = open_chat_model("offline/extractive", settings_with(HASHED))
    assert isinstance(model, ChatModel)
    reply = run_sync(model.chat(ask_about("What does the rollback command do to an alias?", ROLLBACK)))
    assert "alias back" in reply.text


def test_echo_returns_the_last_user_message(settings_with: SettingsWith) -> None:
    model = open_chat("offline/echo", settings_with(""))
    request = ChatRequest(
        model="offline/echo",
        messages=(
            Message(role="user", content="one"),
            Message(role="assistant", content="two"),
            Message(role="user", content="three"),
        ),
    )
    reply = run_sync(model.chat(request))
    assert (reply.text, reply.usage.cost, reply.model) == ("three", 0.0, "offline/echo")
    assert run_sync(model.chat(ask(""))).text == ""


def test_other_offline_models_do_not_exist(settings_with: SettingsWith) -> None:
    with pytest.raises(NotFound, match=r"(?s)called 'offline/exho'.*Did you mean 'offline/echo'"):
        open_chat("offline/exho", settings_with(""))


def test_vectors_that_somebody_else_has_are_not_computed_again(settings_with: SettingsWith) -> None:
    vectors = DictEmbeddings()
    request = ask_about("What lasts three years?", "Gift cards last three years.")
    first = run_sync(open_chat_model("offline/extractive", settings_with(HASHED), vectors=vectors).chat(request))
    kept = list(vectors.stored)
    assert kept
    second = run_sync(open_chat_model("offline/extractive", settings_with(HASHED), vectors=vectors).chat(request))
    assert list(vectors.stored) == kept
    assert first.text == second.text


def test_both_models_give_their_answer_a_word_at_a_time(settings_with: SettingsWith) -> None:
    asked = ask_about("What does the rollback command do to an alias?", EVAL, ROLLBACK)
    model = ExtractiveModel("offline/extractive", lambda _: HashEmbedder())
    pieces, reply = streamed(model, asked)
    assert "".join(pieces) == reply.text == answer(asked).text
    assert len(pieces) > 10
    assert reply.usage.first_token == reply.usage.latency
    assert streamed(open_chat("offline/echo", settings_with("")), ask(" a  b\n"))[0] == [" a  ", "b\n"]
