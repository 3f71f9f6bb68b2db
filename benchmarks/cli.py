"""`llmops --help` against a Typer hello-world: what the command line costs before it does anything."""

import sys
import tempfile
from pathlib import Path

from support.measure import in_turn, show

HELLO = '''
import typer
app = typer.Typer()
@app.command()
def hello(name: str) -> None:
    """Say hello."""
@app.command()
def bye(name: str) -> None:
    """Say goodbye."""
app()
'''


def main() -> None:
    """Measure both in turn and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "hello.py"
        script.write_text(HELLO)
        figures = in_turn(
            {
                "llmops": [sys.executable, "-m", "llmops", "--help"],
                "hello": [sys.executable, str(script), "--help"],
            },
            times=9,
        )
    ours, theirs = figures["llmops"], figures["hello"]
    show(
        "Command line",
        [
            ("llmops --help, CPU", f"{ours.cpu:.2f} s", ""),
            ("Typer hello-world --help, CPU", f"{theirs.cpu:.2f} s", ""),
            ("ratio", f"{ours.cpu / theirs.cpu:.2f}", "aim <= 1.3"),
            ("llmops --help, peak memory", f"{ours.peak:.0f} MB", ""),
        ],
    )


if __name__ == "__main__":
    main()
