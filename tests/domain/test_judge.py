"""The port of judges."""

from pathlib import Path

from llmops.domain.interaction import ChatReply
from llmops.domain.judge import Judge, Verdict
from tests.support.judges import Bench, judging


def test_what_flows_opens_is_a_judge(tmp_path: Path) -> None:
    with judging(tmp_path) as bench:
        assert isinstance(bench, Bench)
        assert isinstance(bench.judge(), Judge)
        assert bench.judge().on("exam/other").model == "exam/other"


def test_a_verdict_is_a_value_and_the_reply_it_was_read_from() -> None:
    reply = ChatReply(text="{}", model="exam/judge")
    assert Verdict({}, reply) == Verdict({}, reply)
