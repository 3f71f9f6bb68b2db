"""Tables on terminals, in pipes, and with hostile cells."""

import io
import re

import pytest

from llmops.presentation.tables import Cell, align, draw_interval, fit, print_lines, print_table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_plain_aligned_text() -> None:
    stream = io.StringIO()
    print_table(["name", "n"], [("a", "1"), ("longer", "20")], right=(1,), title="things", file=stream)
    assert stream.getvalue() == "things\nname     n\na        1\nlonger  20\n"


def test_a_terminal_gets_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    print_table(["gate"], [(Cell("✗ fail", "bad"),)], file=stream)
    assert "\x1b[1;31m✗ fail" in stream.getvalue()


def test_no_color_takes_colour_away_and_leaves_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    print_table(["gate"], [(Cell("✗ fail", "bad"),)], file=stream)
    assert "✗ fail" in stream.getvalue()
    assert "\x1b[31" not in stream.getvalue()
    assert "\x1b[1;31" not in stream.getvalue()


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_cells_cannot_send_escapes_or_markup(kind: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = kind()
    print_table(["\x1b]0;x\x07name"], [("\x1b[2Jevil\rline\nnext [red]x[/red]",)], file=stream)
    assert "\x1b[2J" not in stream.getvalue()
    assert "\x1b]0" not in stream.getvalue()
    assert "\r" not in stream.getvalue()
    assert "evil�line next [red]x[/red]" in stream.getvalue()


def test_a_stream_that_cannot_write_a_character_gets_a_question_mark() -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        print_lines(["≥ 0.9"], file=stream)
        stream.flush()
        assert raw.getvalue() == b"? 0.9\n"


def test_wide_characters_take_two_columns() -> None:
    assert align(["a", "b"], [("日本", "x"), ("abcd", "y")]) == ["a     b", "日本  x", "abcd  y"]


@pytest.mark.parametrize(
    ("mean", "low", "high", "drawn"),
    [
        (0.5, 0.25, 0.75, "··━━●━━··"),
        (1.0, 1.0, 1.0, "········●"),
        (0.0, 0.0, 0.25, "●━━······"),
        (2.0, -5.0, 9.0, "━━━━━━━━●"),
    ],
)
def test_an_interval_is_drawn_on_its_range(mean: float, low: float, high: float, drawn: str) -> None:
    assert draw_interval(mean, low, high, (0.0, 1.0), 9) == drawn


def test_a_range_without_width_is_drawn_all_the_same() -> None:
    assert draw_interval(1.0, 1.0, 1.0, (1.0, 1.0), 5) == "●····"


def test_a_narrow_terminal_leaves_out_columns_and_a_pipe_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "24")
    stream, pipe = Terminal(), io.StringIO()
    for file in (stream, pipe):
        print_table(["name", "picture", "n"], [("contains", "━" * 20, "7")], right=(2,), optional=(1, 2), file=file)
    lines = re.sub(r"\x1b\[\d+m", "", stream.getvalue()).splitlines()
    assert "picture" not in stream.getvalue()
    assert any(line.split() == ["contains", "7"] for line in lines)
    assert all(len(line) <= 24 for line in lines)
    assert "━" * 20 in pipe.getvalue()


def test_a_line_is_shortened_by_columns() -> None:
    assert fit("abcdef", 6) == "abcdef"
    assert fit("abcdefg", 6) == "abcde…"
    assert fit("日本語", 5) == "日本…"
