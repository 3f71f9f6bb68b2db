"""Scores customers with the model in production. While a canary is open, some of them are scored by the candidate.

python score.py '{"customer": "ann", "months": 2, "tickets": 7, "price": 30}'
"""

import json
import sys
from pathlib import Path

import skops.io

import llmops
from llmops.workspace.workspace import Workspace

loaded: dict[Path, object] = {}


def score(ws: Workspace, customer: str, months: float, tickets: int, price: float) -> dict[str, str]:
    """Say whether a customer will leave, and which version says so; the same customer is always given the same side."""
    model = ws.model("churn@production", user=customer)
    if model.path not in loaded:
        loaded[model.path] = skops.io.load(model.path)  # trusts the types of scikit-learn and nothing else
    predicted = loaded[model.path].predict([[months, tickets, price]])  # type: ignore[attr-defined]
    return {"customer": customer, "prediction": str(predicted[0]), "model": f"model/churn@{model.number}"}


if __name__ == "__main__":
    with llmops.open() as workspace:
        for line in sys.argv[1:] or sys.stdin:
            print(json.dumps(score(workspace, **json.loads(line))))
