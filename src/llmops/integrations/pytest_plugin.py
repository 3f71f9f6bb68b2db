"""Suites as tests: a plugin of pytest.

    import pytest

    @pytest.mark.llmops_suite("docs", target="app/docs", compare="production")
    def test_docs(llmops_eval):
        assert llmops_eval.errors == 0

The suite is evaluated once a session, whatever the number of tests that ask for it. A gate that fails, or that cannot be decided
yet, fails the test with the table that `llmops eval` prints. pytest loads this module at every start, so nothing of llmops is
imported before a test asks for it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import pytest

if TYPE_CHECKING:
    from llmops.core.hashing import Json
    from llmops.domain.report import Report
    from llmops.workspace.workspace import Workspace

MARK: Final = "llmops_suite"
FIXTURE: Final = "llmops_eval"
OPTIONS: Final = ("target", "compare", "model", "repeats", "limit")

_reports: Final = pytest.StashKey["dict[tuple[object, ...], Report]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the command line and the ini file may say."""
    group = parser.getgroup("llmops", "suites of an llmops workspace")
    group.addoption(
        "--llmops-allow-unknown", action="store_true", default=None, help="let gates pass that cannot be decided yet"
    )
    group.addoption("--llmops-workspace", metavar="DIR", help="the folder of the workspace (default: the root folder)")
    parser.addini("llmops_allow_unknown", "let gates pass that cannot be decided yet", type="bool", default=False)
    parser.addini("llmops_workspace", "the folder of the llmops workspace, relative to the root folder", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line(
        "markers",
        f"{MARK}(suite, *, target, compare, model, repeats, limit, allow_unknown): evaluate a suite of the llmops "
        "workspace; a gate that fails fails the test.",
    )
    config.stash[_reports] = {}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give every marked test the fixture, whether it asks for the report or not."""
    if not isinstance(item, pytest.Function) or item.get_closest_marker(MARK) is None:
        return
    if FIXTURE not in item.fixturenames:
        item.fixturenames.append(FIXTURE)


@pytest.fixture(scope="session")
def llmops_workspace(pytestconfig: pytest.Config) -> Iterator[Workspace]:
    """The workspace, open for the whole session."""
    from llmops.core.errors import LlmopsError
    from llmops.workspace.workspace import open_workspace

    written = pytestconfig.getoption("--llmops-workspace") or pytestconfig.getini("llmops_workspace")
    try:
        workspace = open_workspace(pytestconfig.rootpath / Path(written))
    except LlmopsError as error:
        pytest.fail(str(error), pytrace=False)
    yield workspace
    workspace.close()


@pytest.fixture
def llmops_eval(request: pytest.FixtureRequest) -> Report:
    """The report of the suite that the test is marked with."""
    marker = request.node.get_closest_marker(MARK)
    if marker is None:
        pytest.fail(f'{FIXTURE} needs a mark that names a suite: @pytest.mark.{MARK}("docs")', pytrace=False)
    suite, options = _asked(marker)
    options.pop("allow_unknown", None)
    reports = request.config.stash[_reports]
    key = (suite, *(options.get(name) for name in OPTIONS))
    if key not in reports:
        from llmops.core.errors import LlmopsError

        workspace: Workspace = request.getfixturevalue("llmops_workspace")
        try:
            reports[key] = workspace.eval(suite, **options)
        except LlmopsError as error:
            pytest.fail(f"suite {suite} was not evaluated: {error}", pytrace=False)
    report = reports[key]
    request.node.user_properties.append(("llmops_run", report.run_id))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """Fail a marked test whose gates do not pass, before its own lines run."""
    marker = pyfuncitem.get_closest_marker(MARK)
    report = cast("Report | None", pyfuncitem.funcargs.get(FIXTURE))
    if marker is None or report is None:
        return
    from llmops.evals.reports.terminal import print_report

    table = io.StringIO()
    print_report(report, file=table)
    allowed = _asked(marker)[1].get("allow_unknown", _allows_unknown(pyfuncitem.config))
    if report.outcome == "fail" or (report.outcome == "unknown" and not allowed):
        told = "" if report.outcome == "fail" else "\n--llmops-allow-unknown accepts gates that cannot be decided yet."
        pytest.fail(f"{table.getvalue()}{told}", pytrace=False)
    pyfuncitem.add_report_section("call", "llmops", table.getvalue())  # shown if the test's own lines fail


def _asked(marker: pytest.Mark) -> tuple[str, dict[str, Json]]:
    """The suite and the options that a mark names."""
    if len(marker.args) != 1 or not isinstance(marker.args[0], str):
        pytest.fail(f'{MARK} names one suite: @pytest.mark.{MARK}("docs")', pytrace=False)
    for name in marker.kwargs:
        if name not in (*OPTIONS, "allow_unknown"):
            from llmops.core.names import did_you_mean

            known = did_you_mean(name, (*OPTIONS, "allow_unknown"))
            pytest.fail(f"{MARK} takes no argument {name!r}. {known}", pytrace=False)
    return marker.args[0], dict(marker.kwargs)


def _allows_unknown(config: pytest.Config) -> bool:
    given = config.getoption("--llmops-allow-unknown")
    return bool(config.getini("llmops_allow_unknown") if given is None else given)
