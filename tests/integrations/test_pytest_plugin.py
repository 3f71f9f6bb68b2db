"""Suites as tests, in sessions of pytest inside a session of pytest."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.workspaces import llmops, make_workspace

pytest_plugins = ["pytester"]

PLUGIN = ("-p", "no:llmops", "-p", "llmops.integrations.pytest_plugin", "-p", "no:cacheprovider")
PASSING = "gates: [{scorer: contains, min: 0.0}, {error_rate: 0.5}]"


@pytest.fixture(scope="module", autouse=True)
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an indexed app. What a session inside this process imports is forgotten at its end, so all that it
    needs is imported here, before."""
    root = make_workspace(tmp_path_factory.mktemp("ready") / "shop")
    assert llmops("register", cwd=root).code == 0
    assert llmops("index", "sync", "docs", cwd=root).code == 0
    assert llmops("eval", "docs", "--limit", "2", "--allow-unknown", "--no-cache", cwd=root).code == 0
    return root


@pytest.fixture
def shop(ready: Path, pytester: pytest.Pytester) -> Path:
    """The root folder of a session: the workspace, whatever lies in the folders above it."""
    shutil.copytree(ready, pytester.path, dirs_exist_ok=True)
    pytester.makeini("[pytest]")
    return pytester.path


def suite(root: Path, name: str, gates: str) -> None:
    (root / "evals" / f"{name}.yaml").write_text(
        f"target: {{app: docs}}\ndataset: docs\nscorers: [contains, hit_rate]\n{gates}\n"
    )


@pytest.mark.usefixtures("shop")
def test_a_suite_whose_gates_pass_passes_and_gives_its_report(pytester: pytest.Pytester) -> None:
    suite(pytester.path, "easy", PASSING)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.llmops_suite("easy", limit=None)
        def test_report(llmops_eval):
            assert (llmops_eval.suite, llmops_eval.cases, llmops_eval.target) == ("easy", 12, "app/docs")

        @pytest.mark.llmops_suite("easy")
        def test_the_mark_is_enough():
            pass

        @pytest.mark.llmops_suite("easy", model="offline/echo", allow_unknown=True)
        def test_other_options_are_another_run(llmops_eval, llmops_workspace):
            assert llmops_eval.target == "app/docs with offline/echo"
            assert len(llmops_workspace.store.runs.runs(name="easy")) == 2
        """
    )
    pytester.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=3)


@pytest.mark.usefixtures("shop")
def test_a_gate_that_fails_fails_the_test_with_the_table(pytester: pytest.Pytester) -> None:
    suite(pytester.path, "hard", "gates: [{scorer: contains, max: 0.1}]")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.llmops_suite("hard")
        def test_report(llmops_eval):
            raise AssertionError("its own lines do not run")
        """
    )
    done = pytester.runpytest_inprocess(*PLUGIN)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*hard on app/docs*", "*contains*", "*✗ fail*contains ≤ 0.1*"])
    assert "its own lines do not run" not in done.stdout.str()


@pytest.mark.usefixtures("shop")
def test_unknown_fails_unless_it_is_allowed(pytester: pytest.Pytester) -> None:
    suite(
        pytester.path, "open", "gates: [{scorer: contains, min: 0.05}, {scorer: hit_rate, no_worse_than: 'app/docs@1'}]"
    )
    test = pytester.makepyfile(
        """
        import pytest

        @pytest.mark.llmops_suite("open", limit=3)
        def test_report():
            pass
        """
    )
    done = pytester.runpytest_inprocess(*PLUGIN)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*--llmops-allow-unknown accepts gates*"])
    pytester.runpytest_inprocess(*PLUGIN, "--llmops-allow-unknown").assert_outcomes(passed=1)
    pytester.runpytest_inprocess(*PLUGIN, "-o", "llmops_allow_unknown=true").assert_outcomes(passed=1)
    test.write_text(test.read_text().replace("limit=3", "limit=3, allow_unknown=True"))
    pytester.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=1)


@pytest.mark.usefixtures("shop")
def test_what_is_wrong_is_told(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        def test_no_mark(llmops_eval):
            pass

        @pytest.mark.llmops_suite
        def test_no_suite():
            pass

        @pytest.mark.llmops_suite("docs", traget="app/docs")
        def test_misspelt():
            pass

        @pytest.mark.llmops_suite("dcos")
        def test_no_such_suite():
            pass
        """
    )
    done = pytester.runpytest_inprocess(*PLUGIN)
    done.assert_outcomes(errors=4)
    text = done.stdout.str()
    assert 'llmops_eval needs a mark that names a suite: @pytest.mark.llmops_suite("docs")' in text
    assert 'llmops_suite names one suite: @pytest.mark.llmops_suite("docs")' in text
    assert "llmops_suite takes no argument 'traget'. Did you mean 'target'?" in text
    assert "suite dcos was not evaluated: there is no suite called 'dcos'" in text
    assert "Did you mean 'docs'?" in text


def test_the_workspace_may_lie_elsewhere(pytester: pytest.Pytester, tmp_path: Path, ready: Path) -> None:
    root = Path(shutil.copytree(ready, tmp_path / "elsewhere"))
    suite(root, "easy", PASSING)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.llmops_suite("easy", target="prompt/answer", model="offline/echo")
        def test_report():
            pass
        """
    )
    pytester.runpytest_inprocess(*PLUGIN, "--llmops-workspace", str(root)).assert_outcomes(passed=1)
    done = pytester.runpytest_inprocess(*PLUGIN, "-o", "llmops_workspace=nowhere")
    done.assert_outcomes(errors=1)
    assert "nowhere is no folder" in done.stdout.str()


@pytest.mark.slow
@pytest.mark.usefixtures("shop")
def test_workers_of_xdist_evaluate_side_by_side(pytester: pytest.Pytester) -> None:
    suite(pytester.path, "easy", PASSING)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("model", ["offline/echo", "offline/extractive"])
        @pytest.mark.llmops_suite("easy")
        def test_report(llmops_eval, model):
            assert llmops_eval.cases == 12
        """
    )
    done = pytester.runpytest_subprocess(*PLUGIN, "-p", "xdist", "-n", "2", "-W", "ignore")
    done.assert_outcomes(passed=2)


def test_a_session_that_asks_for_no_suite_pays_for_nothing() -> None:
    script = (
        "import sys, pytest, llmops.integrations.pytest_plugin\n"
        "print([name for name in sys.modules if name.startswith('llmops.') and 'integrations' not in name]"
        " + [name for name in ('pydantic', 'sqlalchemy', 'aiohttp', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
