"""What is in a stirred reactor with a jacket, and what happens to it; the equations are on the page of `Reactor`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from plantsim.contracts import Charge
from plantsim.unitops.ode import Slope, State
from plantsim.unitops.stoichiometry import Scheme
from plantsim.unitops.underway import SO_FAR, recomposed

if TYPE_CHECKING:
    from plantsim.unitops.reactor import Reactor

FED, JACKET = "fed", "jacket temperature"
HEAT, FEED, HOLD, REACT, COOL, OVER = range(6)
BAND = 0.5  # K around a set point within which it has been reached
WARM = 1000.0  # °C, of which the solver's tolerance is a share: temperatures are right to 1e-7 K


class Vessel:
    """What is in the reactor and what happens to it; amounts are a kg of what was there before the feed."""

    def __init__(self, plan: Reactor, scheme: Scheme, charge: Charge) -> None:
        memory = charge.quality if SO_FAR in charge.quality else {}
        self.plan, self.scheme, self.charge, self.memory = plan, scheme, charge, memory
        self.n, self.share, self.fed = len(plan.reactions), sum(plan.feed.values()), memory.get(FED, 0.0)
        self.grown = 1.0 + self.share * self.fed
        self.base, self.volume = charge.mass / self.grown, charge.volume / charge.mass  # kg, L/kg
        grams = [1000.0 / plan.weights[name] for name in scheme.names]
        have = charge.composition
        self.had = [have.get(name, 0.0) * self.grown * each for name, each in zip(scheme.names, grams, strict=True)]
        self.feed = [plan.feed.get(name, 0.0) * each for name, each in zip(scheme.names, grams, strict=True)]
        self.wall = plan.transfer * plan.area * 3.6 / self.base  # kJ/h/K for each kg
        self.store = plan.jacket * plan.medium_heat / self.base
        self.heats = [each.heat / 1000.0 for each in plan.reactions.values()]  # kJ/mol
        self.slopes: dict[tuple[float, float], Slope] = {}
        self.key = scheme.names.index(plan.key)
        self.first = f"{plan.key} at first"  # with all that will be fed [mol/kg]
        self.at_first = memory.get(self.first, self.had[self.key] + self.feed[self.key])

    @property
    def start(self) -> list[float]:
        """Extents, temperatures of charge and jacket, and the share of the feed."""
        warm = self.charge.temperature
        return [*[0.0] * self.n, warm, self.memory.get(JACKET, warm), self.fed]

    @property
    def sizes(self) -> list[float]:
        """What these come to, of which the solver's tolerance is a share."""
        return [*[self.at_first] * self.n, WARM, WARM, 1.0]

    def moles(self, state: State) -> list[float]:
        """Of each component [mol/kg]."""
        more = state[-1] - self.fed
        start = [had + feed * more for had, feed in zip(self.had, self.feed, strict=True)] if more else self.had
        return self.scheme.amounts(start, state)

    def slope(self, phase: int) -> Slope:
        """The equations in a phase; those of like phases are the same object."""
        goal, pace = self._goal(phase), 1.0 / self.plan.feed_time if phase == FEED and self.plan.feed else 0.0
        return self.slopes.get((goal, pace)) or self.slopes.setdefault((goal, pace), self._slope(goal, pace))

    def _goal(self, phase: int) -> float:
        plan = self.plan
        return plan.temperature if phase < COOL or plan.cooled is None else plan.cooled - 2.0 * BAND

    def _slope(self, goal: float, pace: float) -> Slope:
        """The equations at a set point [°C] and pace of the feed [1/h]."""
        plan, n, share, volume, heat = self.plan, self.n, self.share, self.volume, self.plan.heat
        rates_of, moles, giving = self.scheme.rates, self.moles, self._giving(goal)
        wall, store = self.wall, self.store
        inflow, stirred = pace * share * heat, plan.stirrer * 3600.0 / self.base
        heats, fed = self.heats, plan.feed_temperature

        def slope(_: float, state: State) -> list[float]:
            grown, warm, jacket = 1.0 + share * state[-1], state[n], state[n + 1]
            size, released = grown * volume, stirred + inflow * (fed - warm)
            rates = [rate * size for rate in rates_of(moles(state), size, warm)]
            for each, rate in zip(heats, rates, strict=True):
                released -= each * rate
            through = wall * (warm - jacket)
            return [*rates, (released - through) / (grown * heat), (giving(_, state) + through) / store, pace]

        return slope

    def giving(self, phase: int) -> Callable[[float, State], float]:
        """How much heat the medium gives in a phase, or below 0 takes [kJ/h/kg]."""
        return self._giving(self._goal(phase))

    def _giving(self, goal: float) -> Callable[[float, State], float]:
        plan, n, stream = self.plan, self.n, self.plan.medium_flow * self.plan.medium_heat / self.base
        gain, coldest, hottest = plan.gain, plan.medium_coldest, plan.medium_hottest

        def giving(_: float, state: State) -> float:
            inlet = goal + gain * (goal - state[n])
            inlet = coldest if inlet < coldest else hottest if inlet > hottest else inlet  # quicker than min and max
            return stream * (inlet - state[n + 1])

        return giving

    def given(self, hours: float, state: State) -> float:
        """The heat that the medium has given by then, less what it has taken [kJ/kg], by the balance of all heat."""
        plan, n, before = self.plan, self.n, self.start
        through = plan.stirrer * 3600.0 / self.base * hours
        through += self.share * plan.heat * plan.feed_temperature * (state[-1] - self.fed)
        through -= sum([heat * extent for heat, extent in zip(self.heats, state, strict=False)])
        through -= plan.heat * ((1.0 + self.share * state[-1]) * state[n] - self.grown * before[n])
        return self.store * (state[n + 1] - before[n + 1]) - through

    def resting(self, _: float, state: State) -> list[float]:
        """The equations in a halt: m cp dT/dt = - sum_j dH_j r_j V - k (T - Tr)."""
        plan, n, grown, warm = self.plan, self.n, self.grown, state[self.n]
        size = grown * self.volume
        rates = [rate * size for rate in self.scheme.rates(self.moles(state), size, warm)]
        heats = [heat * rate for heat, rate in zip(self.heats, rates, strict=True)]
        lost = plan.loses_heat * 3.6 / self.base * (warm - plan.room_temperature)
        return [*rates, -(sum(heats) + lost) / (grown * plan.heat), *[0.0] * (len(state) - n - 1)]

    def mtsr(self, state: State) -> float:
        """To where the temperature goes if the main reaction goes on without cooling [°C]."""
        left = self.scheme.limit(self.moles(state))
        rise = -self.heats[0] * left / (self.plan.heat * (1.0 + self.share * state[-1]))
        return state[self.n] + max(rise, 0.0)

    def at(self, state: State) -> Charge:
        """The charge in a state."""
        grown, weights = 1.0 + self.share * state[-1], self.plan.weights
        parts = {name: share * self.charge.mass for name, share in self.charge.composition.items()}
        for name, moles in zip(self.scheme.names, self.moles(state), strict=True):
            parts[name] = max(moles, 0.0) * weights[name] / 1000.0 * self.base
        return recomposed(self.charge, parts, state[self.n]).but(
            mass=self.base * grown, volume=self.volume * self.base * grown
        )
