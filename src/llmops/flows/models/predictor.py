"""Loads a model that predicts: a skops file, as far as its types are trusted, or an ONNX file. Nothing else is loaded.

A case gives the inputs by the names of the signature, or those that the model itself was fitted with. One that has no names
takes the only input as it is: a list of numbers, or a text.
"""

import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.domain.model import ModelFile, ModelSpec
from llmops.domain.noun import Noun
from llmops.flows.models.needs import untrusted_types

Predict = Callable[[Mapping[str, Json]], Json]
_BY_A_FUNCTION: Final = "Name a function that asks it: target: {model: NAME, python: module:function}."
_TYPES: Final[Mapping[str, str]] = {
    "tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16", "tensor(int64)": "int64",
    "tensor(int32)": "int32", "tensor(bool)": "bool", "tensor(string)": "object",
}  # fmt: skip


class PredictorOptions(Noun):
    """The `parameters` of a target that is a model: types of a skops file that are trusted besides those that skops trusts
    itself, the method that is called, and which output of an ONNX model is the answer (the first one)."""

    trusted: tuple[str, ...] = ()
    method: Literal["predict", "predict_proba", "decision_function"] = "predict"
    output: str = ""


def open_predictor(named: str, spec: ModelSpec, folder: Path, parameters: Mapping[str, Json]) -> Predict:
    """Load a model, once, to be asked about one case at a time.

    Args:
        named: what messages call it.
        spec: the model.
        folder: where its files are.
        parameters: see PredictorOptions.

    Raises:
        InputError: it has no file that predicts by itself, or one with types that are not trusted.
        ExtraMissing: a package that it needs is not installed.
    """
    options = _options(named, parameters)
    able = [file for file in spec.files if file.format in ("skops", "onnx")]
    if len(able) != 1:
        held = ", ".join(f"{file.path} ({file.format})" for file in spec.files)
        which = "no skops or ONNX file" if not able else "more than one skops or ONNX file"
        raise InputError(f"{named} has {which}, and predicts nothing by itself: {held}"[:300], hint=_BY_A_FUNCTION)
    (file,) = able
    opened = _open_skops if file.format == "skops" else _open_onnx
    return opened(named, spec, folder / file.path, file, options)


def _options(named: str, parameters: Mapping[str, Json]) -> PredictorOptions:
    known = list(PredictorOptions.model_fields)
    for key in parameters:
        if key not in known:
            raise InputError(f"{named} takes no parameter {key!r}", hint=did_you_mean(key, known))
    try:
        return PredictorOptions.model_validate(dict(parameters))
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"parameter {first['loc'][0]!r} of {named}: {first['msg']}", hint="See docs/model-registry.md."
        ) from error


def _open_skops(named: str, spec: ModelSpec, path: Path, file: ModelFile, options: PredictorOptions) -> Predict:
    needed = untrusted_types(path)
    if unknown := [name for name in needed if name not in options.trusted]:
        raise InputError(
            f"{file.path} of {named} holds types that are not trusted: {', '.join(unknown)}"[:400],
            hint="Read what they do, then list them in the target's `parameters: {trusted: […]}`.",
        )
    import skops.io

    loaded = skops.io.load(path, trusted=needed)
    method = getattr(loaded, options.method, None)
    if method is None:
        raise InputError(f"{named} has no {options.method}", hint="Name another one: parameters: {method: predict}.")
    fitted = getattr(loaded, "feature_names_in_", None)
    names = [str(name) for name in fitted] if fitted is not None else _names(spec)
    classes = getattr(loaded, "classes_", None) if options.method == "predict_proba" else None

    def predict(inputs: Mapping[str, Json]) -> Json:
        found = _plain(method(_framed(named, inputs, names) if fitted is not None else _given(named, inputs, names)))[0]
        return found if classes is None else dict(zip(map(str, classes), found, strict=True))

    return predict


def _open_onnx(named: str, spec: ModelSpec, path: Path, file: ModelFile, options: PredictorOptions) -> Predict:
    if importlib.util.find_spec("onnxruntime") is None:
        raise InputError(f"{named} needs onnxruntime, which is not installed", hint="pip install onnxruntime")
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except _onnx_failures() as error:
        raise InputError(
            f"onnxruntime does not take {file.path} of {named}: {error!s:.200}", hint="llmops model load-info"
        ) from error
    outputs = [output.name for output in session.get_outputs()]
    wanted = options.output or outputs[0]
    if wanted not in outputs:
        raise InputError(f"{named} has no output {wanted!r}", hint=did_you_mean(wanted, outputs))
    takes = {taken.name: (taken.type, len(taken.shape or ())) for taken in session.get_inputs()}

    def predict(inputs: Mapping[str, Json]) -> Json:
        return _plain(session.run([wanted], dict(_fed(named, inputs, takes, _names(spec))))[0])[0]

    return predict


def _onnx_failures() -> tuple[type[Exception], ...]:
    """What onnxruntime raises; its errors have nothing in common but that."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = (found for found in vars(state).values() if isinstance(found, type) and issubclass(found, Exception))
    return (RuntimeError, ValueError, *own)


def _fed(
    named: str, inputs: Mapping[str, Json], takes: Mapping[str, tuple[str, int]], names: Sequence[str]
) -> Iterator[tuple[str, Json]]:
    """What an ONNX model is given: one array of the whole row, or an array for each input of that name."""
    import numpy

    if len(takes) == 1 and not takes.keys() & inputs.keys():
        (name, (kind, _)), given = next(iter(takes.items())), _given(named, inputs, names)
        yield name, numpy.asarray(given, dtype=_TYPES.get(kind, "float32"))
        return
    _check_names(named, inputs, list(takes))
    for name, (kind, dimensions) in takes.items():
        value = numpy.asarray(inputs[name], dtype=_TYPES.get(kind, "float32"))
        yield name, value.reshape((1,) * max(dimensions - value.ndim, 1) + value.shape)


def _names(spec: ModelSpec) -> list[str]:
    return [column.name for column in spec.signature.inputs if column.name]


def _framed(named: str, inputs: Mapping[str, Json], names: Sequence[str]) -> Json:
    """A frame of one row, for a model that was fitted with names."""
    _check_names(named, inputs, names)
    if importlib.util.find_spec("pandas") is None:
        raise InputError(f"{named} was fitted on a frame and needs pandas", hint="pip install pandas")
    import pandas

    return pandas.DataFrame([[inputs[name] for name in names]], columns=list(names))


def _given(named: str, inputs: Mapping[str, Json], names: Sequence[str]) -> Json:
    """One row, or the only text of a model of texts."""
    if names:
        _check_names(named, inputs, names)
        row = [inputs[name] for name in names]
        value = row[0] if len(row) == 1 and isinstance(row[0], str | list) else row
    elif len(inputs) == 1:
        (value,) = inputs.values()
        value = value if isinstance(value, str | list) else [value]
    else:
        raise InputError(
            f"{named} does not say in which order it takes {', '.join(inputs) or 'its inputs'}"[:200],
            hint="Register it with an example or a signature, or give cases one input: a list of the values.",
        )
    if isinstance(value, list) and any(isinstance(item, str) for item in value):
        import numpy

        return numpy.array([value], dtype=object)
    return [value]


def _check_names(named: str, inputs: Mapping[str, Json], names: Sequence[str]) -> None:
    for name in names:
        if name not in inputs:
            raise InputError(
                f"{named} needs the input {name!r}, which the case does not have", hint=did_you_mean(name, inputs)
            )
    for name in inputs:
        if name not in names:
            raise InputError(f"{named} takes no input {name!r}", hint=did_you_mean(name, names))


def _plain(found: Json) -> Json:
    return found.tolist() if hasattr(found, "tolist") else found
