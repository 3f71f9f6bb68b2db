"""From a monitor's signal specs to signals: names resolved, arguments checked, services supplied.

A signal's class is its schema: its dataclass fields, with their types, are the arguments that a monitor may write.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import TypeAlias, cast

from llmops.core.arguments import Written
from llmops.core.callables import import_attribute, is_function_path
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.domain.interaction import Interaction
from llmops.domain.ports import Embedder
from llmops.domain.signal import SignalDirection, SignalKind, SignalSpec
from llmops.monitor.catalog import SIGNALS
from llmops.monitor.protocol import Measured, PageSignal, Signal
from llmops.monitor.signals.answers import Shape
from llmops.monitor.signals.judged import ScorePage

_KINDS = ("rate", "bounded", "scalar", "category")
AnySignal: TypeAlias = Signal | PageSignal


@dataclass(frozen=True, slots=True)
class SignalServices:
    """What signals may use: the workspace's embedding model, its scorers, its folder, from which functions come, and the shapes
    that prompts ask for."""

    embedder: Callable[[], Embedder]
    score: ScorePage
    root: Path
    shape: Shape


@dataclass(frozen=True)
class OwnSignal:
    """A function that somebody wrote: it is called with the interaction."""

    function: Callable[[Interaction], Measured]
    kind: SignalKind = "scalar"
    direction: SignalDirection = "none"

    def measure(self, interaction: Interaction) -> Measured:
        """Call it; true and false are 1 and 0."""
        value = self.function(interaction)
        return float(value) if isinstance(value, (int, float)) else value


def load_signal(spec: SignalSpec, services: SignalServices) -> AnySignal:
    """Load a signal.

    Raises:
        InputError: an unknown signal (with the nearest name), an unknown argument, or one of the wrong type.
    """
    if ":" in spec.signal:
        check_spec(spec)
        function = import_attribute(spec.signal, services.root, "signal")
        if not callable(function):
            raise InputError(f"{spec.signal!r} is no function", hint="Write def NAME(interaction): …")
        return OwnSignal(function, **spec.arguments)
    return _build(spec, {"embedder": services.embedder, "score": services.score, "shape": services.shape})


def check_spec(spec: SignalSpec) -> None:
    """Check what can be known of a signal without importing anybody's code; raises like `load_signal`."""
    if ":" not in spec.signal:
        _build(spec, {"embedder": _refuse, "score": _refuse, "shape": _refuse})
        return
    if not is_function_path(spec.signal):
        raise InputError(f"{spec.signal!r} names no function", hint="Write module:function.")
    for name, value in spec.arguments.items():
        known: Mapping[str, Sequence[str]] = {"kind": _KINDS, "direction": ("higher", "lower", "none")}
        if name not in known:
            raise InputError(f"a signal of your own takes no argument {name!r}", hint=did_you_mean(name, known))
        if value not in known[name]:
            raise InputError(f"{name} is {value!r}", hint=f"Known: {', '.join(known[name])}.")


def _refuse(*_: Json) -> Embedder:
    raise InputError("nothing is measured here", hint="Signals run in monitors: llmops monitor run")


def _build(spec: SignalSpec, supplied: Mapping[str, object]) -> AnySignal:
    factory = SIGNALS.get(spec.signal)
    if not isinstance(factory, type) or not is_dataclass(factory):
        raise InputError(f"the signal {spec.signal!r} is no dataclass", hint="See docs/signals.md for one of your own.")
    written = Written("signal", spec.signal, spec.arguments, "docs/signals.md")
    return cast(AnySignal, written.build(factory, supplied, also=("name",)))
