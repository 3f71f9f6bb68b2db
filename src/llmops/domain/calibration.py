"""What people said about a run's outputs, and what follows for the judge that scored them."""

from datetime import datetime

from llmops.domain.noun import Noun


class Label(Noun):
    """What one person said about one output, in the range of the scorer. `identity` is the scorer's, judge included."""

    run_id: str
    scorer: str
    identity: str
    case_id: str
    repeat: int = 0
    who: str = ""
    value: float
    at: datetime


class LabelSample(Noun):
    """That `size` outputs of a run were drawn to be labelled. The order in which outputs are drawn follows from the run's id;
    at most `pool` of them are ever drawn, so that the others are known to stay the judge's alone."""

    run_id: str
    size: int
    pool: int
    at: datetime


class Calibration(Noun):
    """A judge against people on one run: agreement on all labels, and the mean corrected by those of the drawn sample.

    `kappa` is None where one of the two never differs; `confusion` has people in rows. `sampled` of `drawn` outputs are
    labelled; labels of others are shown and never gate. `length_bias` is the rank correlation of the judge's excess over
    people with the length of the output, `flips` the share of pairs whose verdict changes with the order.
    """

    scorer: str
    identity: str
    people: int
    labels: int
    outputs: int
    drawn: int
    sampled: int
    categories: tuple[str, ...]
    weights: str
    confusion: tuple[tuple[int, ...], ...]
    agreement: float
    kappa: float | None
    kappa_interval: tuple[float, float] | None
    score_by_length: float | None = None
    length_bias: float | None = None
    length_bias_interval: tuple[float, float] | None = None
    flips: float | None = None
    flips_interval: tuple[float, float] | None = None
    judged_mean: float | None = None
    people_mean: float | None = None
    corrected: float | None = None
    corrected_interval: tuple[float, float] | None = None
    rogan_gladen: float | None = None
    rogan_gladen_interval: tuple[float, float] | None = None
