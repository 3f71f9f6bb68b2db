"""From a suite's file to what is stored: scorers written out, the dataset pinned, gates checked against the scorers."""

from collections.abc import Callable, Mapping
from typing import Final

from llmops.core.callables import is_function_path
from llmops.core.hashing import Json
from llmops.core.names import Kind, did_you_mean
from llmops.domain.artifact import Pin
from llmops.domain.suite import SuiteFile, SuiteSpec
from llmops.registry.reading import read_noun
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

_LATER: Final[dict[Place, str]] = {
    ("budget",): "budgets",
    ("target", "policy"): "policies as targets",
    ("target", "http"): "HTTP targets",
}
_BOUNDS: Final = ("min", "max")


def read_suite(
    document: YamlDocument, pin: Callable[[str, Place], Pin], check: Callable[[Kind, str, Place], None]
) -> SuiteSpec:
    """Read a suite file.

    Args:
        document: the file.
        pin: pins the dataset that a path or ref at a place names.
        check: complains where (kind, ref, place) names nothing.

    Raises:
        InvalidFile: with the line.
    """
    written = read_noun(SuiteFile, _write_out(document), _LATER)
    _check_labels(document, written)
    if written.target.kind in ("app", "prompt", "rag"):
        check(written.target.kind, written.target.named, ("target", written.target.kind))
    elif written.target.python is not None and not is_function_path(written.target.python):
        raise document.error(
            ("target", "python"),
            f"{written.target.python!r} names no function",
            hint="Write module:function, for example my_service.chat:answer.",
        )
    dataset = pin(written.dataset, ("dataset",))
    return SuiteSpec(**{**dict(written), "dataset": dataset})


def _write_out(document: YamlDocument) -> YamlDocument:
    """Turn `- contains` and `- contains: {min: 0.7}` into maps with scorer, label, arguments and bounds, and `judge: MODEL`
    into a map."""
    data = document.data
    if not isinstance(data, dict):
        return document
    if isinstance(data.get("judge"), str):
        data = {**data, "judge": {"model": data["judge"]}}
    if not isinstance(data.get("scorers"), list):
        return document.with_data(data)
    full = [_scorer(document, item, ("scorers", index)) for index, item in enumerate(data["scorers"])]
    return document.with_data({**data, "scorers": full})


def _scorer(document: YamlDocument, item: Json, at: Place) -> dict[str, Json]:
    arguments: Json = {}
    if isinstance(item, dict) and len(item) == 1:
        (item, arguments), = item.items()  # fmt: skip
        arguments = {} if arguments is None else arguments
    if not isinstance(item, str) or not item or not isinstance(arguments, Mapping):
        raise document.error(
            at, "a scorer is a name, or one name with a map of arguments",
            hint="Write `- contains` or `- contains: {min: 0.7}`.",
        )  # fmt: skip
    rest = {key: value for key, value in arguments.items() if key not in ("name", *_BOUNDS)}
    for bound in _BOUNDS:
        value = arguments.get(bound)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise document.error(
                (*at, item, bound), f"{bound} of {item!r} must be a number, not {value!r}", hint="Write 0.7."
            )
    label = arguments.get("name", item.rsplit(":", 1)[-1])
    if not isinstance(label, str) or not label.strip():
        raise document.error((*at, item, "name"), f"the name of {item!r} must be text", hint="Write name: tone.")
    return {"scorer": item, "label": label, "arguments": rest, **{b: arguments[b] for b in _BOUNDS if b in arguments}}


def _check_labels(document: YamlDocument, written: SuiteFile) -> None:
    labels: dict[str, int] = {}
    for index, spec in enumerate(written.scorers):
        if spec.label in labels:
            raise document.error(
                ("scorers", index), f"two scorers are called {spec.label!r}",
                hint=f"Give one of them a name: - {spec.scorer}: {{name: other_{spec.label}}}",
            )  # fmt: skip
        if spec.min is not None and spec.max is not None and spec.min > spec.max:
            raise document.error(("scorers", index), f"min {spec.min} is above max {spec.max}", hint="Swap them.")
        labels[spec.label] = index
    for index, gate in enumerate(written.gates):
        if gate.scorer is not None and gate.scorer not in labels:
            raise document.error(
                ("gates", index, "scorer"),
                f"the suite has no scorer called {gate.scorer!r}",
                hint=did_you_mean(gate.scorer, labels),
            )
