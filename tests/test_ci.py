"""The recipes for CI do what docs/ci.md says: their shell steps, followed with a local git repository and a shared store."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from llmops.core.hashing import Json
from llmops.storage.store import open_store
from llmops.storage.upgrade import upgrade
from tests.support.workspaces import make_workspace

RECIPES = Path(__file__).resolve().parent.parent / "examples" / "ci"
RULES = '\n[aliases.production."app/docs"]\nrequire = ["docs"]\nmax_age = "14d"\n'
GATES = "gates:\n  - {scorer: contains, min: 0.4}\n  - {error_rate: 0.3}\n"
STUBS = {
    "llmops": f'exec {sys.executable} -W error -m llmops "$@"',
    "pip": "exit 0",
    "apt-get": "exit 0",
    "gh": 'printf "%s\\n" "$*" >> "$POSTED"; cat report.md >> "$POSTED"',
    "curl": 'printf "%s\\n" "$*" >> "$POSTED"; cat report.md >> "$POSTED"',
}


def github(job: str) -> tuple[list[str], list[str]]:
    """The steps of a job, and those that run also after a failure."""
    steps = [step for step in read("github-workflow.yml")["jobs"][job]["steps"] if "run" in step]
    late = [step["run"] for step in steps if "always()" in str(step.get("if"))]
    return [step["run"] for step in steps if step["run"] not in late], late


def gitlab(job: str) -> tuple[list[str], list[str]]:
    """The same of GitLab, where all lines of a script are one shell's."""
    recipe = read("gitlab-ci.yml")
    script = ["\n".join([*recipe["default"]["before_script"], *recipe[job]["script"]])]
    return script, list(recipe[job].get("after_script", []))


def read(name: str) -> Json:
    return yaml.safe_load((RECIPES / name).read_text())


FORGES = {"github": github, "gitlab": gitlab}


@dataclass
class Team:
    """A repository, a laptop, a shared store, and a forge that runs one of the recipes."""

    folder: Path
    store_url: str
    forge: str

    @property
    def laptop(self) -> Path:
        """Where a person works."""
        return self.folder / "laptop"

    @property
    def posted(self) -> str:
        """What was written below pull requests."""
        path = self.folder / "posted"
        return path.read_text() if path.exists() else ""

    def begin(self) -> None:
        """Put a workspace into a repository, and its first version into production."""
        programs = self.folder / "programs"
        programs.mkdir()
        for name, text in STUBS.items():
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)
        make_workspace(self.laptop)
        suite = self.laptop / "evals" / "docs.yaml"
        suite.write_text(suite.read_text().split("gates:")[0] + GATES)
        with (self.laptop / "llmops.toml").open("a") as settings:
            settings.write(RULES)
        (self.laptop / ".gitignore").write_text(".llmops/\nreport.md\nreport.xml\n")
        self.run("git init -q -b main . && git init -q --bare ../origin.git && git remote add origin ../origin.git")
        self.run("git config user.email ada@example.com && git config user.name Ada")
        self.commit("Start")
        self.run("llmops register && llmops index sync docs && llmops eval docs")
        self.run('llmops promote app/docs --to production --reason "first"')

    def run(self, script: str, cwd: Path | None = None, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run a shell script that must not fail."""
        done = self.attempt(script, cwd, **environ)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done

    def attempt(self, script: str, cwd: Path | None = None, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run a shell script as CI does: it stops at the first line that fails."""
        known = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "LLMOPS_"))}
        known |= {"PATH": f"{self.folder / 'programs'}:{known['PATH']}", "LLMOPS_STORE_URL": self.store_url}
        known |= {"POSTED": str(self.folder / "posted"), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=cwd or self.laptop, env=known | environ, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def commit(self, message: str, branch: str = "main") -> None:
        """Commit everything and push it."""
        self.run(f"git add -A && git commit -q -m '{message}' && git push -q -f origin HEAD:{branch}")

    def job(self, job: str, branch: str) -> "subprocess.CompletedProcess[str]":
        """What a runner does: a fresh clone, the steps until one fails, and then those that run in any case."""
        runner = self.folder / f"runner-{len(list(self.folder.glob('runner-*')))}"
        self.run(f"git clone -q -b {branch} origin.git {runner}", cwd=self.folder)
        steps, late = FORGES[self.forge](job)
        environ = {
            "LLMOPS_ACTOR": "ci",
            "PULL_REQUEST": "12",
            "CI_MERGE_REQUEST_IID": "12",
            "CI_API_V4_URL": "http://x",
        }
        for step in steps:
            done = self.attempt(step, runner, **environ)
            if done.returncode:
                break
        for step in late:
            self.run(step, runner, **environ)
        return done

    def production(self) -> tuple[int, Json]:
        """The version that production holds, and the last row of its history."""
        told = json.loads(self.run("llmops history app/docs@production --json").stdout)
        return told["moves"][-1]["to_number"], told["moves"][-1]


@pytest.fixture(params=["gitlab with sqlite", "github with postgresql"])
def team(request: pytest.FixtureRequest, tmp_path: Path) -> Team:
    """A team whose app is in production."""
    forge, _, database = request.param.split()
    url = f"sqlite:///{tmp_path}/shared/store.db"
    if database == "postgresql":
        url = request.getfixturevalue("postgres_url")
        upgrade(url, root=tmp_path)
    team = Team(tmp_path, url, forge)
    team.begin()
    return team


@pytest.mark.slow
def test_a_good_change_is_compared_and_promoted_and_a_bad_one_is_not(team: Team) -> None:
    assert team.production()[0] == 1

    prompt = team.laptop / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text().rstrip() + "\nBe brief.\n")
    team.run("git checkout -q -b shorter")
    team.commit("Answer in fewer words", "shorter")
    evaluated = team.job("evaluate", "shorter")
    assert evaluated.returncode == 0, evaluated.stderr
    assert "12" in team.posted.splitlines()[0]
    assert "production" in team.posted
    assert "All 2 gates pass." in team.posted
    assert team.production()[0] == 1

    team.run("git checkout -q main && git merge -q --no-ff -m 'Merge shorter' shorter && git push -q origin main")
    promoted = team.job("promote", "main")
    assert promoted.returncode == 0, promoted.stdout + promoted.stderr
    number, move = team.production()
    assert (number, move["actor"]["name"], move["forced"]) == (2, "ci", False)
    assert move["reason"].startswith("merged as ")
    store = open_store(team.store_url, root=team.folder)
    version = store.versions.get("app", "docs", 2)
    assert version is not None
    assert (version.origin.author, version.origin.message) == ("ada@example.com", "Merge shorter")
    assert [store.runs.get(run).refs["app"] for run in move["evidence"]] == [version.digest]
    store.close()

    prompt.write_text(prompt.read_text().rstrip() + "\nBe kind.\n")
    team.commit("Be kind, without a pull request")
    promoted = team.job("promote", "main")
    assert promoted.returncode == 0, promoted.stdout + promoted.stderr
    assert team.production()[0] == 3

    app = team.laptop / "apps" / "docs.yaml"
    app.write_text(app.read_text().replace("min_similarity: 0.0", "min_similarity: 0.99"))
    team.run("git checkout -q -b worse")
    team.commit("Answer only what is certain", "worse")
    before = len(team.posted)
    assert team.job("evaluate", "worse").returncode == 1
    assert "of 2 gates fail" in team.posted[before:], team.posted[before:][:500]
    team.run("git checkout -q main && git merge -q --no-ff -m 'Merge worse' worse && git push -q origin main")
    refused = team.job("promote", "main")
    assert refused.returncode == 1
    assert "not met" in refused.stdout
    last = FORGES[team.forge]("promote")[0][-1].splitlines()[-1]
    assert team.attempt(last).returncode == 1
    assert team.production()[0] == 3


def test_a_recipe_never_puts_what_others_wrote_into_a_shell() -> None:
    """Values of a forge reach scripts as environment variables only."""
    for job in ("evaluate", "promote"):
        steps, late = github(job)
        assert "${{" not in "".join(steps + late)
        assert len(steps) >= 3
    assert read("github-workflow.yml")["permissions"] == {"contents": "read"}
