"""Progress on terminals and elsewhere."""

import io

import pytest

from llmops.presentation.progress import ProgressLine, progress_on_stderr


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_terminal_line_is_drawn_at_most_ten_times_a_second_and_wiped_at_the_end() -> None:
    stream, clock = Terminal(), Clock()
    progress = ProgressLine(stream, clock)
    for done in range(1, 101):
        clock.now += 0.01
        progress(done, 100, "cases")
    drawn = stream.getvalue().split("\r")
    assert 9 <= len([line for line in drawn if "cases:" in line]) <= 12
    assert "cases: 100 of 100" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[J")


def test_it_says_how_long_it_will_take() -> None:
    stream, clock = Terminal(), Clock()
    progress = ProgressLine(stream, clock)
    progress(0, 10, "documents")
    clock.now += 4
    progress(4, 10, "documents")
    assert "documents: 4 of 10, 6 s left" in stream.getvalue()
    progress.close()


def test_elsewhere_there_is_a_line_every_ten_seconds() -> None:
    stream, clock = io.StringIO(), Clock()
    with ProgressLine(stream, clock) as progress:
        for done in range(1, 31):
            clock.now += 1
            progress(done, 30, "cases")
    assert stream.getvalue().splitlines() == [
        "cases: 11 of 30, 17.3 s left",
        "cases: 21 of 30, 8.57 s left",
        "cases: 30 of 30",
    ]


def test_quick_work_says_nothing_in_a_log() -> None:
    stream = io.StringIO()
    progress = ProgressLine(stream, Clock())
    progress(1, 2, "cases")
    progress(2, 2, "cases")
    assert stream.getvalue() == ""


def test_an_unknown_total_is_counted_and_the_text_is_cleaned() -> None:
    stream = Terminal()
    with ProgressLine(stream, Clock()) as progress:
        progress(7, None, "do\x1b[2Jcs")
        assert "docs: 7 in 0 s" in stream.getvalue()
        assert "\x1b[2J" not in stream.getvalue()


def test_it_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    progress_on_stderr()(1, 1, "cases")
    assert capsys.readouterr().out == ""
