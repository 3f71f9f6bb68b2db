"""Models that predict: skops files as far as they are trusted, ONNX files; inputs by name."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.model import Column, ModelFile, ModelFormat, ModelSpec, Signature
from llmops.flows.models.predictor import Predict, open_predictor
from tests.support.models import onnx_negation, safetensors_bytes

ABSENT = "sha256:" + "0" * 64
NAMED = {"months": "float64", "tickets": "int64"}


def spec_of(*files: str, inputs: Mapping[str, str] = NAMED) -> ModelSpec:
    """A model of files whose endings tell their formats."""
    formats: dict[str, ModelFormat] = {"skops": "skops", "onnx": "onnx", "safetensors": "safetensors", "pkl": "pickle"}
    columns = tuple(Column(name=name, type=kind) for name, kind in inputs.items())
    return ModelSpec(
        files=tuple(ModelFile(path=f, digest=ABSENT, size=1, format=formats[f.rpartition(".")[2]]) for f in files),
        signature=Signature(inputs=columns),
    )


def opened(folder: Path, file: str, inputs: Mapping[str, str] = NAMED, **parameters: Json) -> Predict:
    return open_predictor("model/churn@1", spec_of(file, inputs=inputs), folder, parameters)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models, fitted on lists, on a frame, and on texts."""
    pandas, skops = pytest.importorskip("pandas"), pytest.importorskip("skops.io")
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    folder = tmp_path_factory.mktemp("models")
    rows, left = [[1.0, 9.0], [2.0, 8.0], [50.0, 0.0], [40.0, 1.0]], ["left", "left", "stayed", "stayed"]
    fitted = {
        "lists": LogisticRegression().fit(rows, left),
        "frame": LogisticRegression().fit(pandas.DataFrame(rows, columns=list(NAMED)), left),
        "texts": make_pipeline(CountVectorizer(), LogisticRegression()).fit(["bad", "bad thing", "good"], [0, 0, 1]),
        "own": make_pipeline(FunctionTransformer(spec_of), LogisticRegression()),
    }
    for name, model in fitted.items():
        skops.dump(model, folder / f"{name}.skops")
    (folder / "row.onnx").write_bytes(onnx_negation({"X": ("N", 2)}))
    (folder / "two.onnx").write_bytes(onnx_negation({"months": ("N", 1), "tickets": ("N", 1)}))
    (folder / "broken.onnx").write_bytes(onnx_negation({"X": ("N", 2)})[:-20])
    return folder


@pytest.mark.parametrize("file", ["lists.skops", "frame.skops"])
def test_inputs_are_given_by_name(folder: Path, file: str) -> None:
    predict = opened(folder, file)
    assert predict({"tickets": 9, "months": 1.5}) == "left"
    assert predict({"months": 45.0, "tickets": 0}) == "stayed"
    chances = opened(folder, file, method="predict_proba")({"months": 45.0, "tickets": 0})
    assert chances["stayed"] > 0.9
    assert chances["stayed"] + chances["left"] == pytest.approx(1)


def test_a_model_of_texts_and_one_without_names(folder: Path) -> None:
    assert opened(folder, "texts.skops", {"text": "string"})({"text": "good"}) == 1
    assert opened(folder, "texts.skops", {})({"question": "bad"}) == 0
    assert opened(folder, "lists.skops", {})({"row": [1.0, 9.0]}) == "left"
    with pytest.raises(InputError, match="does not say in which order it takes months, tickets") as told:
        opened(folder, "lists.skops", {})({"months": 1.0, "tickets": 9})
    assert "Register it with an example" in told.value.hint


@pytest.mark.parametrize(
    ("inputs", "problem", "hint"),
    [
        ({"months": 1.0}, "needs the input 'tickets', which the case does not have", ""),
        ({"month": 1.0, "tickets": 1}, "needs the input 'months'", "Did you mean 'month'?"),
        ({"months": 1.0, "tickets": 1, "tenure": 3}, "takes no input 'tenure'", ""),
    ],
)
@pytest.mark.parametrize("file", ["frame.skops", "row.onnx", "two.onnx"])
def test_inputs_that_do_not_fit(folder: Path, file: str, inputs: Json, problem: str, hint: str) -> None:
    predict = opened(folder, file)
    with pytest.raises(InputError, match=problem) as told:
        predict(inputs)
    assert hint in told.value.hint


def test_onnx_takes_a_row_or_its_inputs_by_name(folder: Path) -> None:
    pytest.importorskip("onnxruntime")
    assert opened(folder, "row.onnx")({"tickets": 2, "months": 1.5}) == [-1.5, -2.0]
    assert opened(folder, "row.onnx", {})({"X": [3.0, 4.0]}) == [-3.0, -4.0]
    assert opened(folder, "two.onnx")({"tickets": 2, "months": 1.5}) == [-1.5]
    with pytest.raises(InputError, match="has no output 'negativ'") as told:
        opened(folder, "row.onnx", output="negativ")
    assert "negative" in told.value.hint
    with pytest.raises(InputError, match=r"onnxruntime does not take broken\.onnx of model/churn@1"):
        opened(folder, "broken.onnx")


def test_types_are_trusted_by_the_suite_alone(folder: Path) -> None:
    with pytest.raises(
        InputError, match=r"holds types that are not trusted: tests\.flows\.models\.test_predictor\.spec_of"
    ) as told:
        opened(folder, "own.skops")
    assert "parameters: {trusted: […]}" in told.value.hint
    opened(folder, "own.skops", trusted=["tests.flows.models.test_predictor.spec_of"])


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (("weights.safetensors",), r"has no skops or ONNX file, .*: weights\.safetensors \(safetensors\)"),
        (("model.pkl",), "has no skops or ONNX file"),
        (("a.skops", "b.onnx"), "has more than one skops or ONNX file"),
    ],
)
def test_what_does_not_predict_by_itself(tmp_path: Path, files: tuple[str, ...], problem: str) -> None:
    (tmp_path / "weights.safetensors").write_bytes(safetensors_bytes())
    with pytest.raises(InputError, match=problem) as told:
        open_predictor("model/churn@1", spec_of(*files), tmp_path, {})
    assert "{model: NAME, python: module:function}" in told.value.hint


def test_parameters_that_there_are_not(folder: Path) -> None:
    with pytest.raises(InputError, match="takes no parameter 'methods'") as told:
        opened(folder, "lists.skops", methods="predict")
    assert "Did you mean 'method'?" in told.value.hint
    with pytest.raises(InputError, match="parameter 'method' of model/churn@1: Input should be 'predict'"):
        opened(folder, "lists.skops", method="__reduce__")
