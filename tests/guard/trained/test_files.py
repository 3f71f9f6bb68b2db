import io
import json
import subprocess
import sys
import zipfile

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from skops.io import dumps

from llmops.core.errors import ExtraMissing, InputError
from llmops.guard.trained.files import load_classifier, require_libraries, require_trusted
from tests.support.attacks import ATTACKS, BENIGN


def packed(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_json", ".json"), content)
    return target.getvalue()


def test_a_type_that_is_not_trusted_is_named_and_nothing_is_loaded() -> None:
    forest = dumps(RandomForestClassifier(1).fit([[0.0], [1.0]], [0, 1]))
    with pytest.raises(
        InputError, match=r"forest.skops holds .*RandomForestClassifier.*not trusted, so nothing .*\nTrain one"
    ):
        require_trusted(forest, "forest.skops")
    evil = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": "true"}
    with pytest.raises(InputError, match=r"holds FunctionNode, os.system, which is not trusted"):
        load_classifier(packed(schema_json=json.dumps(evil).encode()), "evil.skops")


@pytest.mark.parametrize(
    "content",
    [b"", b"no zip", packed(other=b"1"), packed(schema_json=b"{"), packed(schema_json=b"[" * 100_000)],
)
def test_what_is_no_skops_file_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"a.skops is no skops file\nTrain one: llmops guard train"):
        require_trusted(content, "a.skops")


def test_a_file_that_would_unpack_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmops.guard.trained.files.MOST_UNPACKED", 100_000)
    with pytest.raises(InputError, match=r"would unpack to 200,002 bytes\nAt most 100,000 are read"):
        require_trusted(packed(schema_json=b"{}", zeros=b"\0" * 200_000), "bomb.skops")


def test_what_is_no_classifier_of_texts_is_refused() -> None:
    numbers = dumps(LogisticRegression().fit([[0.0], [1.0]], [0, 1]))
    with pytest.raises(InputError, match=r"n.skops holds no classifier of texts: Expected 2D array"):
        load_classifier(numbers, "n.skops")
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.pipeline import Pipeline

    three = Pipeline([("c", HashingVectorizer(n_features=16)), ("d", LogisticRegression())])
    three.fit([*ATTACKS, *BENIGN], [n % 3 for n in range(40)])
    with pytest.raises(InputError, match=r"3.skops tells 3 classes apart, and not two"):
        load_classifier(dumps(three), "3.skops")


def test_without_the_extra_the_pip_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r'a trained classifier needs sklearn.*\npip install "llmops\[classifier\]"'):
        require_libraries()


def test_the_guard_loads_none_of_it_where_no_policy_asks() -> None:
    code = "import sys; from llmops.guard.policy import Policy; Policy.from_mapping({'input': ['pii']})\n"
    code += "assert not {'sklearn', 'skops', 'numpy'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
