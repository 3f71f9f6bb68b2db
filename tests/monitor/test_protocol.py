"""The texts that signals look at."""

import pytest

from llmops.core.hashing import Json
from llmops.monitor.loading import OwnSignal
from llmops.monitor.protocol import Signal, text_of, texts_read
from llmops.monitor.signals.answers import Format, Language, Length, RefusalRate
from llmops.monitor.signals.columns import Column
from llmops.monitor.signals.guarding import GuardRate
from llmops.monitor.signals.operation import Cost, Errors, FeedbackScore, FirstToken, Latency, Tokens
from llmops.monitor.signals.retrieval import HitCount, HitSource, RetrievalScore, Support
from tests.support.interactions import interaction


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"question": "why?", "a": "x"}, "why?"),
        ({"messages": [{"role": "user", "content": "first"}, {"role": "user", "content": "last"}]}, "last"),
        ({"n": 3, "topic": "rain"}, "rain"),
        ({}, ""),
    ],
)
def test_the_input_as_text(inputs: Json, text: str) -> None:
    assert text_of(interaction(inputs=inputs), "input") == text
    assert text_of(interaction(output="so"), "output") == "so"


WITHOUT = {"inputs": {}, "output": "", "contexts": (), "verdicts": ()}
VERDICT = {"stage": "input", "checks": [{"check": "pii", "action": "redact"}]}


@pytest.mark.parametrize(
    "signal",
    [
        *(Length(), Length(of="input"), RefusalRate(), Language(), Language(of="input"), Format()),
        *(Latency(), FirstToken(), Cost(), Tokens(), Errors(), FeedbackScore(), GuardRate()),
        *(RetrievalScore(), HitCount(), HitSource(), Support()),
        *(Column("metadata.lang", "category"), Column("inputs.age"), Column("output.label", "category")),
    ],
    ids=repr,
)
def test_a_signal_reads_no_other_texts_than_it_says(signal: Signal) -> None:
    whole = interaction(
        inputs={"age": 41, "question": "What does the parcel service charge?"},
        output='{"label": "I cannot help with that. Parcels take three days."}',
        verdicts=(VERDICT,),
        score=0.5,
    )
    reads = texts_read([signal])
    assert reads != tuple(WITHOUT)
    bare = whole.model_copy(update={text: nothing for text, nothing in WITHOUT.items() if text not in reads})
    value = signal.measure(whole)
    assert value is not None
    assert signal.measure(bare) == value


def test_a_signal_that_does_not_say_what_it_reads_is_given_all() -> None:
    assert texts_read([OwnSignal(len), Errors()]) == ("inputs", "output", "contexts", "verdicts")  # type: ignore[arg-type]  # any function
    assert texts_read([Errors(), Support(), Length()]) == ("output", "contexts")
