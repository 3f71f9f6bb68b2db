"""Scores while a run goes on."""

import io
import re

import pytest

from llmops.domain.evaluation import Score
from llmops.domain.ports import ResultWatch
from llmops.presentation.live import LiveScores
from tests.support.eval_runs import loaded, result

SCORERS = [loaded()]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def wide(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", "24")


def half_way(stream: io.StringIO) -> LiveScores:
    live = LiveScores(stream, Clock())
    rows = [result(f"c{i}", float(i % 4 > 0)) for i in range(40)]
    live.see([*rows, result("lost", error="time-out"), result("open", None)], SCORERS)
    live(42, 84, "cases")
    return live


def test_a_terminal_shows_running_means_intervals_failures_and_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    wide(monkeypatch, 100)
    stream = Terminal()
    half_way(stream).close()
    drawn = stream.getvalue()
    assert "━━━━━━━━━━━━──────────── cases: 42 of 84, 1 failed, $0.041" in drawn
    assert "contains        0.750  0.610 to 0.890  ············━━━●━━━··  2 scores" in drawn
    assert drawn.endswith("\r\x1b[3A\x1b[J")


def test_the_table_is_drawn_over_itself_and_the_next_run_begins_at_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    wide(monkeypatch, 100)
    stream = Terminal()
    live = half_way(stream)
    live(43, 84, "cases")
    assert "\x1b[J\r\x1b[3A━" in stream.getvalue()
    live(84, 84, "cases")
    live.see([result("late", 1.0)], SCORERS)
    live.see([result("c1", 1.0)], [loaded()])
    drawn = stream.getvalue()
    live(1, 84, "cases")
    assert "contains        1.000" in stream.getvalue().removeprefix(drawn)
    assert "failed" not in stream.getvalue().removeprefix(drawn)


def test_a_narrow_terminal_has_no_pictures_and_no_line_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    wide(monkeypatch, 44)
    stream = Terminal()
    half_way(stream).close()
    lines = re.sub(r"\x1b\[\d*[AJK]|\r", "", stream.getvalue()).split("\n")
    assert max(map(len, lines)) <= 43
    assert "0.610 to 0.890" in stream.getvalue()
    assert "●" not in stream.getvalue()


def test_a_low_terminal_shows_what_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    wide(monkeypatch, 100)
    monkeypatch.setenv("LINES", "3")
    stream = Terminal()
    half_way(stream).close()
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize("terminal", [False, True], ids=["a log", "a dumb terminal"])
def test_elsewhere_there_is_a_line_now_and_then(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal() if terminal else io.StringIO()
    live = half_way(stream)
    for done in range(43, 60):
        live(done, 84, "cases")
    told = stream.getvalue().splitlines()
    assert told[0] == "cases: 52 of 84, 1 failed, $0.041, 6.15 s left"
    assert len(told) == 1


def test_hostile_labels_stay_on_their_line(monkeypatch: pytest.MonkeyPatch) -> None:
    wide(monkeypatch, 100)
    stream = Terminal()
    live = LiveScores(stream, Clock())
    live.see([result(f"c{i}", Score(value=1.0), label="x\x1b[2J\ny") for i in range(3)], [loaded("x\x1b[2J\ny")])
    live(3, 6, "cases")
    live.close()
    assert "\x1b[2J" not in stream.getvalue()
    assert "x y" in stream.getvalue()


def test_it_is_what_an_evaluation_looks_for() -> None:
    assert isinstance(LiveScores(io.StringIO()), ResultWatch)
