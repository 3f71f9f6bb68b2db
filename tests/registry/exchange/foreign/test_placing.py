"""Converted files on their way into the workspace."""

from pathlib import Path

from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.placing import place
from tests.support.registries import Desk


def conversion(*files: tuple[str, str]) -> Conversion:
    found = Conversion()
    for name, text in files:
        found.add("prompt", name, text, "in.json")
    return found


def placed(desk: Desk, *files: tuple[str, str], dry_run: bool = False) -> tuple[list[str], list[str]]:
    """What became of the files, and remarks."""
    found, remarks = place(desk.registry, conversion(*files), dry_run=dry_run)
    return [f"{file.state} {file.path}" for file in found], [str(remark) for remark in remarks]


def test_new_files_are_written_and_old_ones_kept(desk: Desk) -> None:
    desk.write("prompts/mine.md", "Mine.\n")
    desk.write("prompts/other.yaml", "body: Other.\n")
    desk.write("prompts/same.md", "Same.\n")
    files = (("mine", "Theirs."), ("other", "Theirs."), ("same", "Same.\n"), ("deep/new", "New."))
    expected = (
        ["kept prompts/mine.md", "kept prompts/other.md", "same prompts/same.md", "new prompts/deep/new.md"],
        [
            "prompts/mine.md: this is there already and was kept; in.json was not written",
            "prompts/other.yaml: this is there already and was kept; in.json was not written",
        ],
    )
    assert placed(desk, *files, dry_run=True) == expected
    assert not (desk.root / "prompts" / "deep").exists()
    assert placed(desk, *files) == expected
    assert (desk.root / "prompts/mine.md").read_text() == "Mine.\n"
    assert (desk.root / "prompts/deep/new.md").read_text() == "New."
    assert sorted(path.name for path in (desk.root / "prompts").iterdir()) == [
        "deep",
        "mine.md",
        "other.yaml",
        "same.md",
    ]
    assert placed(desk, *files)[0][-1] == "same prompts/deep/new.md"


def test_a_credential_is_not_written(desk: Desk) -> None:
    states, remarks = placed(desk, ("leak", "Use AKIAABCDEFGHIJKLMNOP.\n"))
    assert states == ["refused prompts/leak.md"]
    assert remarks == ["in.json: prompts/leak.md was not written: this looks like an AWS access key"]
    assert not (desk.root / "prompts").exists()


def test_what_register_would_say_is_told_with_the_line(desk: Desk) -> None:
    desk.write("prompts/tone.md", "Be kind.\n")
    files = (
        ("good", 'Hi. {% include "tone" %} {% include "also" %}\n'),
        ("also", "New.\n"),
        ("bad", "---\ninputs: {a: any}\n---\nHi {{ a }}\n{{ b }}\n"),
        ("gone", '{% include "nowhere" %}\n'),
    )
    states, remarks = placed(desk, *files)
    assert {state.split()[0] for state in states} == {"new"}
    assert remarks == [
        "prompts/bad.md:5: register would say: 'b' is used here, but is no input",
        "prompts/gone.md: register would say: there is no prompt called 'nowhere'",
    ]


def test_a_link_out_of_the_workspace_is_not_followed(desk: Desk) -> None:
    outside = Path(str(desk.root) + "-outside")
    outside.mkdir()
    (desk.root / "prompts").mkdir()
    (desk.root / "prompts" / "away").symlink_to(outside)
    states, remarks = placed(desk, ("away/new", "New.\n"))
    assert states == ["refused prompts/away/new.md"]
    assert remarks == ["in.json: prompts/away/new.md was not written: a link leads out of the workspace"]
    assert list(outside.iterdir()) == []


def test_a_suite_is_tried_with_its_dataset(desk: Desk) -> None:
    found = conversion(("ask", "{{ q }}\n"))
    found.add("dataset", "d", '{"id": "1", "inputs": {"q": "x"}}\n', "in.json")
    found.add("suite", "s", "target: {prompt: ask}\ndataset: evals/data/d.jsonl\nscorers: [contains]\n", "in.json")
    found.add("suite", "t", "target: {prompt: nope}\ndataset: evals/data/d.jsonl\nscorers: [contains]\n", "in.json")
    states, remarks = place(desk.registry, found)
    assert [file.state for file in states] == ["new"] * 4
    assert [str(remark) for remark in remarks] == [
        "evals/t.yaml:1: register would say: there is no prompt called 'nope'"
    ]
