"""The door: `llmops` and `python -m llmops`."""

import gc
import sys
from typing import Final

COLLECT_AFTER: Final = (30_000, 20, 20)
"""When Python looks for garbage in a command: nearly all objects that a command makes stay, and to look for those that do not
took a tenth of an evaluation."""


def main() -> None:
    """Run the command line; every expected failure becomes a message, a hint and an exit code, never a traceback."""
    gc.set_threshold(*COLLECT_AFTER)
    from llmops.cli.root import app
    from llmops.core.errors import LlmopsError

    try:
        app()
    except LlmopsError as error:
        from llmops.cli.output import complain

        complain(error)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
