"""From a monitor's file to what is stored: signals written out, names checked. What a signal is and takes only the monitor
knows; its check is handed in."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

from llmops.core.errors import ExtraMissing, InputError
from llmops.core.hashing import Json
from llmops.core.moments import read_start
from llmops.core.names import Kind, parse_ref
from llmops.domain.artifact import Pin
from llmops.domain.monitor import MonitorFile, MonitorSpec, PinnedReference, QuestionsSpec
from llmops.domain.signal import SignalSpec
from llmops.text.yaml import YamlDocument, validate
from llmops.text.yaml_builder import Place

SignalCheck: TypeAlias = Callable[[SignalSpec], None]
"""Complains with an InputError of a signal that there is not, or of its arguments."""

_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


def accept_signal(spec: SignalSpec) -> None:
    """Accept every signal, where nobody handed in a check."""


def read_monitor(
    document: YamlDocument,
    check: Callable[[Kind, str, Place], None],
    pin: Callable[[str, Place], Pin],
    check_signal: SignalCheck = accept_signal,
) -> MonitorSpec:
    """Read a monitor file.

    Args:
        document: the file.
        check: complains where (kind, ref, place) names nothing.
        pin: pins the dataset that a path or ref at a place names.
        check_signal: complains of a signal.

    Raises:
        InvalidFile: with the line.
    """
    written = validate(MonitorFile, _write_out(document))
    if written.target.app is not None:
        check("app", written.target.app, ("target", "app"))
    _check_signals(document, written, check_signal)
    for name in ("since", "until"):
        _complain(
            document, ("reference", name), lambda text: read_start(text, _ANY_TIME), getattr(written.reference, name)
        )
    for index, action in enumerate(written.on_alert):
        _complain(document, ("on_alert", index, "rollback"), _check_alias, action.rollback)
    questions = None
    if written.questions is not None:
        at = ("questions", "dataset") if isinstance(document.data["questions"], dict) else ("questions",)
        questions = QuestionsSpec(**{**dict(written.questions), "dataset": pin(written.questions.dataset, at)})
    compared = dict(written.reference)
    if written.reference.dataset is not None:
        compared["dataset"] = pin(written.reference.dataset, ("reference", "dataset"))
    reference = PinnedReference(**compared)
    return MonitorSpec(**{**dict(written), "reference": reference, "questions": questions})


def _write_out(document: YamlDocument) -> YamlDocument:
    """Turn `length` and `judged: {scorer: faithfulness}` into maps with signal, label and arguments."""
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("signals"), list):
        return document
    full = [_signal(document, item, ("signals", index)) for index, item in enumerate(data["signals"])]
    return document.with_data({**data, "signals": full})


def _signal(document: YamlDocument, item: Json, at: Place) -> dict[str, Json]:
    arguments: Json = {}
    if isinstance(item, dict) and len(item) == 1:
        (item, arguments), = item.items()  # fmt: skip
        arguments = {} if arguments is None else arguments
    if not isinstance(item, str) or not item or not isinstance(arguments, dict):
        raise document.error(
            at,
            "a signal is a name, or one name with a map of arguments",
            hint="Write `- length` or `- judged: {scorer: faithfulness, sample: 0.05}`.",
        )
    label = arguments.get("name", item.rsplit(":", 1)[-1])
    if not isinstance(label, str) or not label.strip():
        raise document.error((*at, item, "name"), f"the name of {item!r} must be text", hint="Write name: tone.")
    return {"signal": item, "label": label, "arguments": {k: v for k, v in arguments.items() if k != "name"}}


def _check_signals(document: YamlDocument, written: MonitorFile, check: SignalCheck) -> None:
    labels: set[str] = set()
    for index, spec in enumerate(written.signals):
        if spec.label in labels:
            raise document.error(
                ("signals", index),
                f"two signals are called {spec.label!r}",
                hint=f"Give one of them a name: - {spec.signal}: {{name: other_{spec.label}}}",
            )
        labels.add(spec.label)
        try:
            check(spec)
        except ExtraMissing:
            raise
        except InputError as error:
            raise document.error(("signals", index), error.message, hint=error.hint) from error


def _check_alias(text: str) -> None:
    ref = parse_ref(text)
    if ref.alias is None:
        raise InputError(f"{text!r} names no alias", hint=f"Write {ref.kind}/{ref.name}@production.")


def _complain(document: YamlDocument, at: Place, read: Callable[[str], object], text: str | None) -> None:
    if text is None:
        return
    try:
        read(text)
    except InputError as error:
        raise document.error(at, error.message, hint=error.hint) from error
