"""Proposals: what Optuna is asked for the next points of an optimisation, and what it says in factors' own values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plantsim.errors import PlantsimError
from plantsim.study.factors import Factor, Value


def sampler(optuna: Any, objectives: int, budget: float, seed: int) -> Any:
    """Parzen estimators for one objective, NSGA-II for several; a trial says how far it is beyond the limit."""
    import warnings

    def over(trial: Any) -> tuple[float]:
        return (trial.user_attrs["over"],)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Optuna, that limits and several variables at once are experimental
        if objectives > 1:
            size = max(8, min(50, int(budget) // 8))
            return optuna.samplers.NSGAIISampler(seed=seed, population_size=size, constraints_func=over)
        return optuna.samplers.TPESampler(seed=seed, multivariate=True, constraints_func=over)


def distributions(optuna: Any, factors: Sequence[Factor]) -> dict[str, Any]:
    """What each factor may be, in Optuna's words; a level is its number."""
    kinds = optuna.distributions
    found: dict[str, Any] = {}
    for each in factors:
        if each.levels and each.numeric:
            found[each.path] = kinds.IntDistribution(0, len(each.levels) - 1)
        elif each.levels:
            found[each.path] = kinds.CategoricalDistribution(list(range(len(each.levels))))
        elif each.whole:
            found[each.path] = kinds.IntDistribution(*each.ends)
        else:
            found[each.path] = kinds.FloatDistribution(*each.ends)
    return found


def point_of(factors: Sequence[Factor], said: Mapping[str, Any]) -> dict[str, Value]:
    """The point that a trial proposes."""
    return {each.path: each.levels[said[each.path]] if each.levels else said[each.path] for each in factors}


def optuna_there() -> Any:
    """Optuna, quiet.

    Raises:
        PlantsimError: if it is not there.
    """
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise PlantsimError("points are proposed by Optuna; install it: pip install 'pharma-plantsim[opt]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
