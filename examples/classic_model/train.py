"""Trains a model that tells which customers will leave, records how, and registers it.

python train.py              # a version that passes
python train.py --rows 12    # one that has seen too little
"""

import argparse
import random

import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import llmops

Rows = list[list[float]]


def customers(count: int, seed: int) -> tuple[Rows, list[str]]:
    """Made-up customers: months with us, tickets opened, monthly price; and whether they left. Put your own data here."""
    rng = random.Random(seed)
    rows = [[rng.uniform(0, 60), float(rng.randint(0, 9)), rng.uniform(5, 50)] for _ in range(count)]
    left = [4 * tickets + price / 2 - months + rng.gauss(0, 6) > 2 for months, tickets, price in rows]
    return rows, ["left" if gone else "stayed" for gone in left]


def main() -> None:
    """Train, record, register."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--C", type=float, default=1.0)
    chosen = parser.parse_args()
    seen, held_out = customers(chosen.rows, seed=1), customers(1000, seed=2)
    with llmops.open() as ws:
        with ws.run("logistic", experiment="churn") as run:
            run.log_params({"rows": chosen.rows, "C": chosen.C})
            model = make_pipeline(StandardScaler(), LogisticRegression(C=chosen.C)).fit(*seen)
            chances = model.predict_proba(held_out[0])[:, 0]
            run.log_metric("auc", roc_auc_score([label == "left" for label in held_out[1]], chances))
            skops.io.dump(model, "model.skops")
            run.log_file("model.skops")
        version = ws.register_model(
            "churn",
            run,
            files=["model.skops"],
            signature={
                "inputs": {"months": "float64", "tickets": "int64", "price": "float64"},
                "outputs": {"": "string"},
            },
            example=[{"months": 3.5, "tickets": 2, "price": 19.9}],
            message=f"logistic regression on {chosen.rows} customers",
        )
    print(f"model/churn@{version.number}")


if __name__ == "__main__":
    main()
