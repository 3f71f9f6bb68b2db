"""From a suite's file to what is stored: scorers written out, the dataset pinned, gates checked against the scorers."""

from collections.abc import Callable, Collection

from llmops.core.callables import is_function_path
from llmops.core.errors import InputError, InvalidFile
from llmops.core.hashing import Json
from llmops.core.names import Kind, did_you_mean, parse_ref
from llmops.domain.artifact import Pin
from llmops.domain.service import ServiceSpec
from llmops.domain.suite import SuiteFile, SuiteSpec
from llmops.registry.scorer_specs import write_out
from llmops.text.json_path import parse_path
from llmops.text.yaml import YamlDocument, validate
from llmops.text.yaml_builder import Place


def read_suite(
    document: YamlDocument,
    pin: Callable[[str, Place], Pin],
    check: Callable[[Kind, str, Place], None],
    labels: Callable[[Pin], Collection[str]] = lambda pin: (),
) -> SuiteSpec:
    """Read a suite file.

    Args:
        document: the file.
        pin: pins the dataset that a path or ref at a place names.
        check: complains where (kind, ref, place) names nothing.
        labels: what the scorers of a dataset's single cases are called.

    Raises:
        InvalidFile: with the line.
    """
    written = validate(SuiteFile, _write_out(document))
    if written.target.kind in ("app", "prompt", "rag", "policy"):
        for name in written.target.names:
            check(written.target.kind, name, ("target", written.target.kind))
    elif written.target.kind == "model":
        _check_models(document, written.target.names)
    if written.target.python is not None and not is_function_path(written.target.python):
        raise document.error(
            ("target", "python"),
            f"{written.target.python!r} names no function",
            hint="Write module:function, for example my_service.chat:answer.",
        )
    if written.target.http is not None:
        _check_paths(document, written.target.http)
    dataset = pin(written.dataset, ("dataset",))
    _check_labels(document, written, labels(dataset))
    return SuiteSpec(**{**dict(written), "dataset": dataset})


def _check_models(document: YamlDocument, names: Collection[str]) -> None:
    """Models live in no file, so one that a suite names may be registered later; but it must be a ref of a model."""
    for name in names:
        try:
            parse_ref(name, "model")
        except InputError as error:
            raise document.error(("target", "model"), error.message, hint=error.hint) from error


def _check_paths(document: YamlDocument, service: ServiceSpec) -> None:
    for key in ("output", "contexts", "tool_calls", "usage", "delta"):
        try:
            parse_path(getattr(service, key) or "$")
        except InputError as error:
            raise document.error(("target", "http", key), error.message, hint=error.hint) from error


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
    def complain(problem: str, hint: str, place: Place) -> InvalidFile:
        return document.error((*at, *place), problem, hint=hint)

    return write_out(item, complain)


def _check_labels(document: YamlDocument, written: SuiteFile, of_cases: Collection[str]) -> None:
    labels: dict[str, int] = {}
    for index, spec in enumerate(written.scorers):
        if spec.label in labels:
            raise document.error(
                ("scorers", index), f"two scorers are called {spec.label!r}",
                hint=f"Give one of them a name: - {spec.scorer}: {{name: other_{spec.label}}}",
            )  # fmt: skip
        if spec.label in of_cases:
            raise document.error(
                ("scorers", index), f"a case of the dataset has a scorer called {spec.label!r} too",
                hint=f"Give this one another name: - {spec.scorer}: {{name: suite_{spec.label}}}",
            )  # fmt: skip
        labels[spec.label] = index
    for index, gate in enumerate(written.gates):
        if gate.scorer is not None and gate.scorer not in labels and gate.scorer not in of_cases:
            raise document.error(
                ("gates", index, "scorer"),
                f"the suite has no scorer called {gate.scorer!r}",
                hint=did_you_mean(gate.scorer, [*labels, *of_cases]),
            )
