"""A stirred reactor with a jacket, batch or semi-batch: heat up, feed, react, cool down.

    d xi_j / dt = r_j V                                              n_i = n_i0 + fed_i + sum_j nu_ij xi_j
    m cp dT/dt = - sum_j dH_j r_j V - U A (T - Tj) + F cp (Tf - T) + P
    mj cj dTj/dt = W cj (Tin - Tj) + U A (T - Tj)                    Tin = Ts + K (Ts - T), within what the medium can

MTSR = T + Xacc dTad: to where it would go by itself if the feed and the cooling stopped now; from what of the first
reaction could still run with what is in the vessel.  Steam gives W cj (Tin - Tj) when it is above 0, glycol takes it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, ValidationInfo

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.schema import (
    Celsius,
    Hours,
    KilogramsPerHour,
    Kilowatts,
    Positive,
    PositiveHours,
    PositiveKilograms,
    Share,
    SquareMetres,
)
from plantsim.unitops.duties import averaged, drawn, pieces
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Knot, Path, State
from plantsim.unitops.peaks import Peak
from plantsim.unitops.stoichiometry import Reaction, Scheme
from plantsim.unitops.underway import SO_FAR, forgotten, share_of, sound, told
from plantsim.unitops.vessel import BAND, FED, FEED, HEAT, HOLD, JACKET, OVER, REACT, Vessel

PHASE, HELD = "reactor phase", "hours held"
WORST = ("hottest", "steepest", "mtsr")
MEMORY = (PHASE, FED, HELD, JACKET, *WORST)
TOLERANCE = 1e-10  # of the solver: 1e-9 leaves a micro-hour in ten hours
IDLE_POINTS = 24  # of a halt at which the hottest is looked for
EACH = 4  # of so many steps of the solver one is looked at for peaks


def _some(reactions: dict[str, Reaction]) -> dict[str, Reaction]:
    if not reactions:
        raise ValueError("needs at least one reaction, such as {main: {equation: A + B -> C, k0: 0.5}}")
    return reactions


def _weighed(weights: dict[str, float], info: ValidationInfo) -> dict[str, float]:
    """Molar masses of all that reacts, and such that each equation keeps mass."""
    scheme = Scheme(list(info.data.get("reactions", {}).values()))
    missing = [name for name in scheme.names if name not in weights]
    if missing:
        raise ValueError(f"needs the molar mass of {missing[0]!r}, which reacts")
    if wrong := scheme.unbalanced(weights):
        raise ValueError(f"mass is not kept in {wrong!r} with these molar masses")
    return weights


class Reactor(Operation):
    """A stirred reactor with a jacket: heat up, feed, react until a conversion or for a time, and cool down."""

    brings: ClassVar[bool] = True
    reactions: Annotated[dict[str, Reaction], AfterValidator(_some), Field(description="name: a reaction; first: main")]
    weights: Annotated[
        dict[str, Positive], AfterValidator(_weighed), Field(description="component: molar mass [g/mol]")
    ]
    key: Annotated[str, Field(description="the component whose conversion counts")]
    temperature: Annotated[Celsius, Field(description="at which it reacts")]
    conversion: Annotated[Share, Field(description="of the key at which it stops; 1: when the hold is over")] = 1.0
    hold: Annotated[Hours, Field(description="least time at temperature, after the feed")] = 0.0
    cooled: Annotated[Celsius | None, Field(description="temperature to which it cools down; none: it does not")] = None
    feed: Annotated[dict[str, Positive], Field(description="component: kg fed for each kg charged before")] = {}
    feed_time: Annotated[PositiveHours, Field(description="over which it is fed, at a steady rate")] = 1.0
    feed_temperature: Annotated[Celsius, Field(description="of what is fed")] = 20.0
    heat: Annotated[Positive, Field(description="heat capacity of the charge and the feed [kJ/kg/K]")] = 2.0
    area: Annotated[SquareMetres, Field(description="of the jacket")] = 6.0
    transfer: Annotated[Positive, Field(description="U, through the wall [W/m2/K]")] = 300.0
    jacket: Annotated[PositiveKilograms, Field(description="medium in the jacket, with the metal as such")] = 400.0
    medium_heat: Annotated[Positive, Field(description="heat capacity of the medium [kJ/kg/K]")] = 3.6
    medium_flow: Annotated[KilogramsPerHour, Field(description="through the jacket")] = 15000.0
    medium_coldest: Annotated[Celsius, Field(description="that the medium can be")] = -10.0
    medium_hottest: Annotated[Celsius, Field(description="that the medium can be")] = 130.0
    gain: Annotated[Positive, Field(description="of the controller: K of the medium for each K of error")] = 10.0
    stirrer: Annotated[Kilowatts, Field(description="power, which warms it")] = 0.0
    loses_heat: Annotated[float, Field(ge=0.0, allow_inf_nan=False, description="to the room in a halt [W/K]")] = 0.0
    room_temperature: Annotated[Celsius, Field(description="to which it cools down in a halt")] = 20.0
    hottest: Annotated[Celsius | None, Field(description="above this it is a deviation")] = None
    steepest: Annotated[Positive | None, Field(description="change of temperature, above it a deviation [K/h]")] = None
    at_most: Annotated[PositiveHours, Field(description="time limit, of all of it")] = 48.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """React a charge; its composition tells what is there, and its volume is needed."""
        if sound(charge).mass <= 0.0 or charge.volume <= 0.0:
            raise ValueError("a reaction needs the mass and volume of the charge; give the product's charge a volume")
        scheme = Scheme(list(self.reactions.values()), [self.key, *self.feed])
        missing = [name for name in scheme.names if name not in self.weights]
        if missing:
            raise ValueError(f"the reactor needs the molar mass of {missing[0]!r} among its weights")
        if self.key not in self.feed:
            share_of(charge, self.key)
        return Run(Vessel(self, scheme, charge)).outcome()

    @property
    def idles(self) -> bool:
        """Whether a halt does anything: if it loses no heat, it is taken to be as it was."""
        return bool(self.loses_heat) or super().idles

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt does: nothing is fed, the jacket is off, it reacts on and loses heat to the room."""
        if not self.loses_heat:
            return super().rested(charge, hours)
        vessel = Vessel(self, Scheme(list(self.reactions.values()), [self.key, *self.feed]), charge)
        path = Path(vessel.start, vessel.sizes)
        path.follow(vessel.resting, hours, tol=TOLERANCE)
        warm = [path.at(hours * k / IDLE_POINTS)[vessel.n] for k in range(IDLE_POINTS + 1)]
        hottest = max(vessel.memory.get("hottest", warm[0]), *warm)
        now = told(vessel.at(path.last), {JACKET: warm[-1], "hottest": hottest})
        return self.halt.after(now.but(temperature=charge.temperature), hours, lambda at: path.at(at)[vessel.n])


class Run:
    """The phases of a reaction, one after the other, from where the charge stands."""

    def __init__(self, vessel: Vessel) -> None:
        self.vessel, self.plan, memory = vessel, vessel.plan, vessel.memory
        self.passed, self.held = memory.get(SO_FAR, 0.0), memory.get(HELD, 0.0)
        self.limit = max(0.0, self.plan.at_most - self.passed)
        self.path, self.stretches = Path(vessel.start, vessel.sizes), list[tuple[float, float, int]]()

    def outcome(self) -> Outcome:
        """All phases that are left, or as many as the time allows."""
        late = ""
        for phase in range(int(self.vessel.memory.get(PHASE, HEAT)), OVER):
            begin = self.path.hours
            late = self._play(phase)
            self.stretches.append((begin, self.path.hours, phase))
            if late:
                break
        hours = self.path.hours
        self.peaks = self._peaks()
        worst = {name: peak.until(hours) for name, peak in self.peaks.items()}
        told = {**worst, "conversion": self._conversion(self.path.last)}
        ended = forgotten(self.profile(hours), *MEMORY, self.vessel.first)
        return Outcome(hours, ended, told, self._draws(), self.profile, late, self._broken(worst), self._fed)

    @property
    def _fed(self) -> float:
        """The mass that has been fed [kg]."""
        return self.vessel.base * self.vessel.share * (self.path.last[-1] - self.vessel.fed)

    def _play(self, phase: int) -> str:
        """Play a phase; what is not reached, or ''."""
        plan, n = self.plan, self.vessel.n
        if phase == HEAT:
            goal = plan.temperature
            return self._until(phase, lambda _, y: abs(y[n] - goal) - BAND, f"set point {goal:g} degC")
        if phase == FEED:
            return self._until(phase, lambda _, y: 1.0 - y[-1], "feed") if plan.feed else ""
        if phase == HOLD:
            until = self.path.hours + max(0.0, plan.hold - self.held)
            return self._until(phase, lambda time, _: until - time, "hold")
        if phase == REACT:
            said = f"conversion {plan.conversion:g}"
            return self._until(phase, lambda _, y: plan.conversion - self._conversion(y), said) if self._asked else ""
        cold = plan.cooled
        return "" if cold is None else self._until(phase, lambda _, y: y[n] - cold, f"cooled to {cold:g} degC")

    @property
    def _asked(self) -> bool:
        return self.plan.conversion < 1.0 and self.vessel.at_first > 0.0

    def _until(self, phase: int, end: Callable[[float, State], float], said: str) -> str:
        missed = self.path.follow(self.vessel.slope(phase), self.limit, [end], TOLERANCE, smooth=True) == -1
        return said if missed else ""

    def _conversion(self, state: State) -> float:
        """Of all the key that was charged and will have been fed, the part that is gone."""
        vessel = self.vessel
        to_come = vessel.feed[vessel.key] * (1.0 - state[-1])
        return 1.0 - (vessel.moles(state)[vessel.key] + to_come) / vessel.at_first if vessel.at_first else 0.0

    def _peaks(self) -> dict[str, Peak]:
        """The highest temperature, change of temperature [K/h] and MTSR so far."""
        start, memory, stretches = self.vessel.start, self.vessel.memory, list[tuple[list[Knot], int]]()
        for begin, end, phase in self.stretches:
            knots = self.path.knots(begin, end)
            stretches += [([*knots[:-1:EACH], knots[-1]], phase)] if end > begin else []
        least = {"hottest": start[self.vessel.n], "steepest": 0.0, "mtsr": self.vessel.mtsr(start)}
        return {
            name: Peak([(knots, self.path.at, self._of(name, phase)) for knots, phase in stretches],
                       memory.get(name, least[name]))
            for name in WORST
        }  # fmt: skip

    def _of(self, name: str, phase: int) -> Callable[[State], float]:
        """What is looked at for a peak, by the state in a phase."""
        slope, n = self.vessel.slope(phase), self.vessel.n
        if name == "steepest":
            return lambda y: abs(slope(0.0, y)[n])
        return self.vessel.mtsr if name == "mtsr" else lambda y: y[n]

    def profile(self, hours: float) -> Charge:
        """The charge after so many hours, with what it must remember."""
        state, time = self.path.at(hours), min(hours, self.path.hours)
        begin, _, phase = next((each for each in self.stretches if time < each[1]), self.stretches[-1])
        held = (self.held if begin == 0.0 else 0.0) + time - begin if phase == HOLD else 0.0
        numbers = {SO_FAR: self.passed + time, PHASE: float(phase), FED: state[-1], HELD: held}
        numbers |= {JACKET: state[self.vessel.n + 1], self.vessel.first: self.vessel.at_first}
        numbers |= {name: peak.until(time) for name, peak in self.peaks.items()}
        return told(self.vessel.at(state), numbers)

    def _draws(self) -> dict[str, Flow]:
        """Steam, glycol and power, from the heat that the medium has given and taken."""
        corners = [0.0, *[end for _, end, _ in self.stretches]]
        times, heats, found = pieces(corners), self._heats(), dict[str, Flow]()
        given = {time: self.vessel.given(time, self.path.at(time)) for time in times}
        for name, sign in (("steam", 1.0), ("glycol", -1.0)):
            flow = averaged(times, partial(self._total, name, sign, heats, given))
            if any(rate > 1e-9 for _, rate in flow):
                found[name] = flow
        if self.plan.stirrer and self.path.hours:
            found["power"] = ((0.0, self.plan.stirrer),)
        return found

    def _heats(self) -> list[tuple[float, float]]:
        """(time, heat that the medium has given by then, less what it has taken [kJ/kg]), where that turns."""
        times = [0.0]
        for begin, end, phase in self.stretches:
            times += [*self.path.turns(begin, end, self.vessel.giving(phase)), end]
        return [(time, self.vessel.given(time, self.path.at(time))) for time in dict.fromkeys(times)]

    def _total(
        self, name: str, sign: float, heats: list[tuple[float, float]], given: dict[float, float], hours: float
    ) -> float:
        """What has been drawn of a utility by an hour: all that the heat has risen by, or fallen."""
        now = [*[heat for time, heat in heats if time < hours], given[hours]]
        return drawn(name, sum([max(sign * (b - a), 0.0) for a, b in pairwise(now)]) * self.vessel.base)

    def _broken(self, worst: dict[str, float]) -> str:
        """The limits that it has gone beyond; '' if none."""
        plan, found = self.plan, list[str]()
        if plan.hottest is not None and worst["hottest"] > plan.hottest:
            found.append(f"at most {plan.hottest:g} degC")
        if plan.steepest is not None and worst["steepest"] > plan.steepest:
            found.append(f"a change of at most {plan.steepest:g} K/h")
        return " and ".join(found)
