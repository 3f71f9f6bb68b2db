"""Quantiles and tails of the normal, Student and binomial distributions.

Written out instead of imported: a small evaluation needs one or two of them, and importing scipy.special costs more CPU
than the evaluation itself. Each agrees with scipy to ten digits (tests).
"""

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

# Numerator and denominator of the middle of the normal quantile, highest power first.
_ABOVE: Final = (
    *(2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457),
    *(13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.3871328727963666080),
)
_BELOW: Final = (
    *(5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867),
    *(5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0),
)


@lru_cache(maxsize=256)
def normal_quantile(p: float) -> float:
    """Return z with P(Z <= z) = p, for 0 < p < 1."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)


def normal_quantiles(ps: "Floats") -> "Floats":
    """The same for many p at once (Wichura 1988, AS 241, doi:10.2307/2347330); its tails one by one."""
    import numpy as np

    q = ps - 0.5
    r = 0.180625 - q * q
    above, below = np.full_like(r, _ABOVE[0]), np.full_like(r, _BELOW[0])
    for upper, lower in zip(_ABOVE[1:], _BELOW[1:], strict=True):
        above = above * r + upper
        below = below * r + lower
    found: Floats = above * q / below
    far = np.flatnonzero(np.abs(q) > 0.425)
    if len(far):
        from statistics import NormalDist

        found[far] = [NormalDist().inv_cdf(p) for p in ps[far].tolist()]
    return found


def normal_below(z: float) -> float:
    """Return P(Z <= z)."""
    return math.erfc(-z / math.sqrt(2)) / 2


@lru_cache(maxsize=1024)
def t_quantile(p: float, degrees: int) -> float:
    """Return t with P(T <= t) = p, for 0 < p < 1 and whole degrees of freedom >= 1.

    Newton's method on the closed form of the distribution; it starts at the normal quantile, left of the root, where the
    distribution function is concave, so that it climbs without overshooting.
    """
    if p < 0.5:
        return -t_quantile(1 - p, degrees)
    log_density = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - 0.5 * math.log(degrees * math.pi)
    t = normal_quantile(p)
    for _ in range(200):
        density = math.exp(log_density - (degrees + 1) / 2 * math.log1p(t * t / degrees))
        step = (p - t_below(t, degrees)) / density
        t += step
        if abs(step) <= 1e-13 * max(1.0, t):
            break
    return t


def t_below(t: float, degrees: int) -> float:
    """Return P(T <= t) for t >= 0 and whole degrees of freedom >= 1 (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4)."""
    angle = math.atan2(t, math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term = cosine if odd else 1.0
    total = term if degrees > 1 else 0.0
    for j in range(2 + odd, degrees - 1, 2):
        term *= (j - 1) / j * cosine * cosine
        total += term
    within = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return 0.5 + within / 2


def binomial_at_least(k: int, n: int, p: float) -> float:
    """Return P(X >= k) for X binomial(n, p), summed from the term at k away from the mean."""
    if k <= 0:
        return 1.0
    if k > n or p <= 0:
        return 0.0
    if p >= 1:
        return 1.0
    if k <= n * p:  # the other tail is the short one
        return 1.0 - binomial_at_least(n - k + 1, n, 1 - p)
    log_choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    term = math.exp(log_choose + k * math.log(p) + (n - k) * math.log1p(-p))
    total, odds = term, p / (1 - p)
    for i in range(k, n):
        term *= (n - i) / (i + 1) * odds
        total += term
        if term < total * 1e-17:
            break
    return min(1.0, total)
