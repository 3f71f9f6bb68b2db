"""Numbers as people read them; the same in tables, reports and the reasons of gates."""

import math
from collections.abc import Sequence

ABSENT = "–"


def number(value: float | None, unit: str = "") -> str:
    """Write a score: three decimals for a share, `$0.0021` for dollars, `1.24 s` for seconds, `92.5 %`, `–` for None."""
    if value is None:
        return ABSENT
    if unit == "$":
        return dollars(value)
    if unit == "s":
        return seconds(value)
    if unit == "%":
        return percent(value)
    if unit:
        return f"{_significant(value)} {unit}"
    return f"{value:.3f}" if abs(value) < 1000 else _significant(value)


def percent(share: float | None) -> str:
    """Write a share as `92.5 %`; `–` for None."""
    return ABSENT if share is None else f"{share * 100:.1f} %"


def size(count: int) -> str:
    """Write a number of bytes: `812 B`, `9.2 kB`, `1.3 GB`."""
    if count < 1000:
        return f"{count} B"
    units = ("kB", "MB", "GB", "TB")
    power = next((n for n in range(1, len(units)) if count < 999.95 * 1000**n), len(units))
    return f"{count / 1000**power:.1f} {units[power - 1]}"


def dollars(value: float | None) -> str:
    """Write US dollars, small amounts with two significant digits; `–` for None."""
    if value is None:
        return ABSENT
    if value == 0 or abs(value) >= 1:
        return f"${value:,.2f}"
    if abs(value) >= 0.01:
        cents, rest = f"{value:.4f}"[:-2], f"{value:.4f}"[-2:]
        return f"${cents}{rest.rstrip('0')}"
    return f"${value:.{1 - math.floor(math.log10(abs(value)))}f}".rstrip("0")


def seconds(value: float | None) -> str:
    """Write a duration as `850 µs`, `12.4 ms`, `1.24 s` or `3 min 20 s`; `–` for None."""
    if value is None:
        return ABSENT
    if value >= 120:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes} min {rest} s"
    if value >= 1 or value == 0:
        return f"{_significant(value)} s"
    return f"{_significant(value * 1e3)} ms" if value >= 1e-3 else f"{_significant(value * 1e6)} µs"


def count(n: int, noun: str, plural: str = "") -> str:
    """Write `1 case`, `1,200 cases`."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def listed(items: Sequence[str]) -> str:
    """Write `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _significant(value: float) -> str:
    """Three significant digits, never with an exponent below a billion."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1e-4 else f"{value:.2e}"
