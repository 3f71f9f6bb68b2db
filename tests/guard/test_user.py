import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InputError
from llmops.domain.verdict import Finding
from llmops.guard.policy import Policy
from llmops.guard.user import MAX_STUCK, check, wrap_function

OWN = """
import threading
from llmops import check
from llmops.domain.verdict import Finding

@check
def mentions(text: str, word: str) -> bool:
    return word in text

async def where(text: str, contexts: list[str], stage: str):
    return [Finding(0, 2, "START", note=f"{stage} {len(contexts)}")]

def rubbish(text: str):
    return 7

def hangs(text: str):
    threading.Event().wait()
"""


@pytest.fixture(autouse=True)
def own_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test imports its own module."""
    monkeypatch.delitem(sys.modules, "rivals", raising=False)


def policy(folder: Path, *checks: object, stage: str = "input") -> Policy:
    (folder / "rivals.py").write_text(OWN)
    path = folder / "policy.yaml"
    path.write_text(json.dumps({stage: checks}))
    return Policy.load(path)


def test_a_function_is_a_check_with_arguments_from_the_policy(tmp_path: Path) -> None:
    own = policy(tmp_path, {"rivals:mentions": {"word": "acme", "action": "block"}})
    assert own.check_input("try acme").blocked
    assert own.check_input("try ours").action == "allow"


def test_a_function_may_be_async_and_find_stretches(tmp_path: Path) -> None:
    own = policy(tmp_path, {"rivals:where": {"action": "flag"}}, stage="output")
    verdict = own.check_output("hello", contexts=["one", "two"])
    assert verdict.findings == (Finding(0, 2, "START", note="output 2"),)


def test_a_function_that_returns_rubbish_is_an_error(tmp_path: Path) -> None:
    (error,) = policy(tmp_path, "rivals:rubbish").check_input("hello").errors
    assert error.reason == "Rubbish: rivals:rubbish returned 7, which is no bool, text or Finding"


def test_a_function_that_hangs_is_given_up_and_at_last_not_called(tmp_path: Path) -> None:
    own = policy(tmp_path, {"rivals:hangs": {"timeout_ms": 5}})
    said = [own.check_input("hello").errors[0].reason for _ in range(MAX_STUCK + 1)]
    assert said[0] == "it gave no answer within its 5 ms"
    assert said[-1] == f"RuntimeError: {MAX_STUCK} earlier calls of rivals:hangs have not come back"


def test_the_decorator_leaves_a_function_as_it_is() -> None:
    @check
    def quiet(text: str) -> None:
        return None

    assert llmops.check is check
    assert quiet("hello") is None


def test_an_argument_that_a_function_does_not_take_is_refused() -> None:
    def looks(text: str, word: str) -> bool:
        return word in text

    with pytest.raises(InputError, match=r"takes no argument 'wrod'\nDid you mean 'word'"):
        wrap_function(looks, name="own:looks", arguments={"wrod": "a"})
    with pytest.raises(InputError, match=r"needs the argument 'word'\nGive it in the policy"):
        wrap_function(looks, name="own:looks", arguments={})


def test_a_function_must_take_its_parameters_by_name() -> None:
    def looks(*texts: Sequence[str]) -> bool:
        return bool(texts)

    with pytest.raises(InputError, match="'texts' cannot be given by name"):
        wrap_function(looks, name="own:looks", arguments={})
    with pytest.raises(InputError, match="'own:seven' is no function"):
        wrap_function(7, name="own:seven", arguments={})


def test_a_module_that_is_not_there_is_told_with_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no module 'nowhere_at_all'"):
        policy(tmp_path, "nowhere_at_all:f").check_input("hello")
