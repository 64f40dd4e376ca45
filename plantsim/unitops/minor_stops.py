"""Minor stops of a machine, by luck: how often it stops in a run, and for how long in all.

A machine that is held or suspended for a few minutes now and then (PackML) stops a number of times that is of Poisson,
each time for a time that is exponential, so that all of n stops last a time that is of Erlang.
"""

from __future__ import annotations

from math import ceil, exp

from plantsim.contracts import Draw


def stops(mean: float, u: float) -> int:
    """The number of stops that is not exceeded with probability u, of Poisson.

    >>> stops(2.0, 0.1), stops(2.0, 0.5), stops(2.0, 0.999)
    (0, 2, 8)
    """
    if mean <= 0.0 or u <= exp(-mean):
        return 0
    from scipy.special import pdtrik

    return max(0, ceil(float(pdtrik(u, mean)) - 1e-9))


def stopped(run: float, every: float, lasts: float, draw: Draw, name: str = "stops") -> float:
    """How long [h] a machine stops in a run [h], if it does so once `every` and for so long on average."""
    number = stops(run / every, draw(name))
    if not number:
        return 0.0
    from scipy.special import gammaincinv

    return lasts * float(gammaincinv(number, draw(f"length of {name}")))
