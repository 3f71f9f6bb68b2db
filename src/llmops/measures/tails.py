"""Tails of the distributions that window tests need: chi-square, Kolmogorov-Smirnov for two samples, the normal.

Written out for the reason given in `quantiles`; each agrees with scipy to 1e-9 (tests).
"""

import math

MOST_STEPS = 100_000_000  # numbers touched for an exact Kolmogorov-Smirnov tail
_TINY = 1e-300


def chi_square_above(statistic: float, degrees: int) -> float:
    """Return P(X >= statistic) for X chi-square, 1 for no degrees of freedom.

    The regularised upper incomplete gamma function by its series below a + 1 and its continued fraction (Lentz) above
    (Press et al., Numerical Recipes, section 6.2).
    """
    if degrees < 1 or statistic <= 0:
        return 1.0
    a, x = degrees / 2, statistic / 2
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-17:
            n += 1
            term *= x / n
            total += term
        return max(0.0, 1 - front * total)
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    fraction = d
    for i in range(1, 10_000):
        step = -i * (i - a)
        b += 2
        d = 1 / (step * d + b or _TINY)
        c = b + step / c or _TINY
        fraction *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    return front * fraction


def smirnov_above(steps: int, n: int, m: int) -> float:
    """Return P(D >= d) for the two-sample Kolmogorov-Smirnov statistic of n and m values without ties.

    All orders of the n + m values are equally likely; a walk along them has left the band at d or not. The chance of having
    left is added up where the walk leaves, so that small tails are exact (Hodges 1958, doi:10.1007/BF02589501). Beyond
    MOST_STEPS the limit Σ (-1)^(k-1) 2 exp(-2 k² λ²) stands in for it.

    Args:
        steps: d · lcm(n, m), a whole number.
        n: values of one sample.
        m: values of the other.
    """
    import numpy as np

    lcm = math.lcm(n, m)
    if steps <= 0:
        return 1.0
    if (n + m) * min(n, m) > MOST_STEPS:
        return kolmogorov_above(steps / lcm * math.sqrt(n * m / (n + m)))
    if n > m:
        n, m = m, n
    up, right, total = lcm // n, lcm // m, n + m
    width = up + right
    staying, left = np.zeros(n + 2), 0.0  # staying[i + 1]: the walk has taken i of the n and has never left the band
    staying[1] = 1.0
    taken = np.arange(n + 1)
    for k in range(total):
        # One more of the n, or of the m: after k + 1 values i of them are of the n, and |i/n - (k + 1 - i)/m| < d inside.
        low = max(0, -((steps - 1 - (k + 1) * right) // width), k + 1 - m)
        high = min(n, k + 1, (steps - 1 + (k + 1) * right) // width)
        first, last = max(0, low - 1), min(n, high + 1)
        here = staying[first + 1 : last + 2]
        before = staying[first : last + 1]
        i = taken[first : last + 1]
        moved = (here * (m - k + i) + before * (n - i + 1)) / (total - k)
        staying[first + 1 : last + 2] = moved
        if first < low:
            left += float(staying[first + 1])
            staying[first + 1] = 0.0
        if last > high:
            left += float(staying[last + 1])
            staying[last + 1] = 0.0
    return min(1.0, left)


def kolmogorov_above(scaled: float) -> float:
    """Return the limit of P(√(nm/(n+m)) D >= scaled) (Smirnov 1939)."""
    if scaled < 0.2:
        return 1.0  # 1 to within 1e-12
    if scaled < 1:
        odd = range(1, 40, 2)
        below = math.fsum(math.exp(-((k * math.pi) ** 2) / (8 * scaled**2)) for k in odd)
        return 1 - math.sqrt(2 * math.pi) / scaled * below
    return 2 * math.fsum((-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 40))
