"""The baseline judge: what likeness can tell, and what it says that it cannot."""

import asyncio
import json
from collections.abc import Callable

import pytest

from llmops.backends.catalogs import open_chat_model
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.settings import Settings
from llmops.domain.interaction import ChatReply, ChatRequest, Message
from tests.support.caches import DictReplies

ASKED = (Message(role="user", content="Judge."),)


@pytest.fixture
def judge(settings_with: Callable[[str], Settings]) -> Callable[..., Json]:
    """What it answers to a prompt with these values."""
    model = open_chat_model("offline/support", settings_with('[models]\nembedding = "offline/hash"\n'))

    def ask(prompt: str, **values: Json) -> Json:
        request = ChatRequest(model="offline/support", messages=ASKED, prompt=f"judge/{prompt}", values=values)
        reply = asyncio.run(model.chat(request))
        assert reply.usage.cost == 0.0
        return json.loads(reply.text)

    return ask


def yes(found: Json) -> list[bool]:
    assert [verdict["number"] for verdict in found["verdicts"]] == list(range(1, len(found["verdicts"]) + 1))
    return [verdict["verdict"] == "yes" for verdict in found["verdicts"]]


def test_statements_are_sentences_that_claim_something(judge: Callable[..., Json]) -> None:
    answer = "# Returns\nReturns take 30 days [1]. Is that fine? I do not know more."
    assert judge("statements", question="", answer=answer) == {"statements": ["Returns take 30 days."]}
    assert judge("sentences", text="One. Two.") == {"sentences": ["One.", "Two."]}


@pytest.mark.parametrize(
    ("prompt", "key", "text"),
    [
        ("faithfulness", "statements", {"contexts": ["Returns take 30 days. Gifts too."]}),
        ("context_recall", "sentences", {"contexts": ["Returns take 30 days. Gifts too."]}),
        ("correctness", "statements", {"text": "Returns take 30 days. Gifts too."}),
        ("answerable", "questions", {"text": "Returns take 30 days. Gifts too."}),
    ],
)
def test_what_has_its_like_is_supported(judge: Callable[..., Json], prompt: str, key: str, text: Json) -> None:
    found = judge(prompt, **{key: ["Returns take 30 days.", "Elephants dance."]}, **text)
    assert yes(found) == [True, False]


def test_a_context_is_useful_where_a_sentence_of_the_answer_has_its_like(judge: Callable[..., Json]) -> None:
    given = {"question": "How long?", "answer": "Returns take 30 days. Always."}
    assert judge("usefulness", context="Returns take 30 days.", **given)["verdict"] == "yes"
    assert judge("usefulness", context="Elephants dance.", **given)["verdict"] == "no"


def test_an_answer_stands_in_for_its_question(judge: Callable[..., Json]) -> None:
    assert judge("answer_relevancy", answer="It takes a day.") == {"question": "It takes a day.", "noncommittal": False}
    assert judge("answer_relevancy", answer="I do not know.")["noncommittal"] is True


def test_entities_are_capitalised_words_and_numbers(judge: Callable[..., Json]) -> None:
    text = "The firm was founded by Ada Lovelace in 1842. It moved to Paris."
    assert judge("entities", text=text) == {"entities": ["Ada Lovelace", "1842", "Paris"]}


def test_sentences_stand_in_for_questions(judge: Callable[..., Json]) -> None:
    text = "One is one. Two is two. Three is three. Four is four."
    assert judge("questions", text=text, count=2) == {"questions": ["One is one.", "Three is three."]}
    assert "fewer than the 5 questions" in judge("questions", text=text, count=5)["cannot"]


def test_the_nearer_answer_is_the_better_one(judge: Callable[..., Json]) -> None:
    near, far = "Returns take 30 days.", "Elephants dance."
    asked = "How many days do returns take?"
    assert judge("pairwise", question=asked, first=near, second=far)["better"] == "first"
    assert judge("pairwise", question=asked, first=far, second=near)["better"] == "second"
    assert judge("pairwise", question=asked, first=near, second=near)["better"] == "tie"
    assert "cannot" in judge("pairwise", question=asked, first=near, second=far, criteria="Tone")


def test_criteria_are_their_own_step(judge: Callable[..., Json]) -> None:
    assert judge("rubric_steps", criteria=" Polite ") == {"steps": ["Polite"]}


@pytest.mark.parametrize("prompt", ["hallucination", "rubric", "factuality", "toxicity", "bias", "goal_accuracy"])
def test_what_likeness_cannot_tell_it_cannot_judge(judge: Callable[..., Json], prompt: str) -> None:
    assert judge(prompt) == {"cannot": f"it compares sentences, and {prompt} takes more than likeness"}


def test_it_answers_nothing_but_judge_prompts(settings_with: Callable[[str], Settings]) -> None:
    model = open_chat_model("offline/support", settings_with(""))
    with pytest.raises(InputError, match="offline/support judges, and answers nothing else") as caught:
        asyncio.run(model.chat(ChatRequest(model="offline/support", messages=ASKED)))
    assert "offline/extractive" in caught.value.hint


def test_its_replies_are_kept_by_prompt_and_values(settings_with: Callable[[str], Settings]) -> None:
    """The messages may be the same, as with a prompt of the workspace that leaves something out."""
    settings = settings_with('[models]\nembedding = "offline/hash"\n')
    model = open_chat_model("offline/support", settings, cache=DictReplies())

    def ask(prompt: str, text: str) -> ChatReply:
        request = ChatRequest(model="offline/support", messages=ASKED, prompt=prompt, values={"text": text})
        return asyncio.run(model.chat(request))

    first = ask("judge/sentences", "One.")
    assert not first.cached
    assert ask("judge/sentences", "One.").cached
    assert not ask("judge/sentences", "Two.").cached
    assert not ask("judge/entities", "One.").cached
