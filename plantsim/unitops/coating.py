"""Film coating in a perforated pan: warm up, spray to a weight gain, dry, cool down; heat balance of the pan.

    C dT/dt = G (ca + cv Yin) (Tin - T) - w (r0 + cv T - cw Ts) - L (T - Tr)          [kJ/h]
    t = gain M / (eta s x)                         w = s (1 - x)                       RSD = RSD1 sqrt(tc / t)

T: temperature of the tablets and of the exhaust air, C: heat capacity of tablets and pan, G: dry air, s: spray, x: its
solids, w: its water, which evaporates as it is sprayed, Ts: its temperature, L: loss to the room at Tr, M: mass of the
cores, eta: how much of the solids sticks.  While the air stays the same, T goes to rest at one rate, in closed form.
A tablet passes the spray once in tc; what it gets in a pass deviates by RSD1.  After am Ende and Berchielli (2005).
"""

from __future__ import annotations

from math import exp, inf, log, sqrt
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.schema import (
    Celsius,
    Fraction,
    Hours,
    KilogramsPerHour,
    Kilowatts,
    Positive,
    PositiveHours,
    PositiveShare,
)
from plantsim.unitops.duties import changes
from plantsim.unitops.fluid_bed import CA, CV, CW, R0, R_STEAM, saturation
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import brought, forgotten, remembered, sound, told

FILM, DRIED, WORKED = "film so far", "hours dried", "hours coated"
COLD = "degC of the pan before the halt"


class Stage(NamedTuple):
    """A stage of a coating: its air, the water that is sprayed, and its length or the temperature that ends it."""

    name: str
    inlet: float  # °C
    water: float = 0.0  # kg/h
    hours: float = 0.0
    goal: float | None = None  # °C
    rises: bool = True  # to the goal


class Leg(NamedTuple):
    """A time in which nothing changes but the temperature, which goes to rest at one rate."""

    begin: float  # h
    hours: float
    warm: float  # °C, as it begins
    rest: float  # °C, where it would end
    rate: float  # 1/h
    stage: Stage

    def at(self, hours: float) -> float:
        """Temperature [°C] after so many hours of it."""
        return self.rest + (self.warm - self.rest) * exp(-self.rate * hours)

    def spent(self, hours: float) -> float:
        """How much of it [h] is over at an hour."""
        return min(max(hours - self.begin, 0.0), self.hours)

    @property
    def needs(self) -> float:
        """How long [h] its stage needs from here; infinity if it never gets there."""
        stage = self.stage
        if stage.goal is None:
            return stage.hours
        up = 1.0 if stage.rises else -1.0
        if up * (self.warm - stage.goal) >= 0.0:
            return 0.0
        if up * (self.rest - stage.goal) <= 0.0:
            return inf
        return log((self.warm - self.rest) / (stage.goal - self.rest)) / self.rate


class PanCoating(Operation):
    """Film coating in a perforated pan, to a weight gain."""

    brings: ClassVar[bool] = True
    gain: Annotated[Fraction, Field(description="film on the cores, a mass of them, at which spraying stops")]
    spray: Annotated[KilogramsPerHour, Field(description="flow of the suspension")] = 12.0
    solids: Annotated[PositiveShare, Field(description="mass fraction of the suspension that is no water")] = 0.15
    sticks: Annotated[PositiveShare, Field(description="share of the solids that gets on the cores")] = 0.95
    spray_temperature: Annotated[Celsius, Field(description="of the suspension")] = 20.0
    air_flow: Annotated[KilogramsPerHour, Field(description="dry air through the pan")] = 2000.0
    inlet_temperature: Annotated[Celsius, Field(description="of the air that warms, coats and dries")] = 60.0
    inlet_humidity: Annotated[Fraction, Field(description="of the air that enters")] = 0.008
    room_temperature: Annotated[Celsius, Field(description="from which steam heats the air")] = 20.0
    loss: Annotated[Positive, Field(description="of heat to the room [kJ/h/K]")] = 300.0
    core_heat: Annotated[Positive, Field(description="heat capacity of the cores [kJ/kg/K]")] = 1.2
    pan_heat: Annotated[Positive, Field(description="heat capacity of the pan [kJ/K]")] = 100.0
    sprays_at: Annotated[Celsius, Field(description="temperature to which the cores are warmed first")] = 42.0
    drying: Annotated[Hours, Field(description="with warm air, after the spray")] = 0.1
    cooled: Annotated[Celsius, Field(description="temperature at which it ends")] = 30.0
    cooling_temperature: Annotated[Celsius, Field(description="of the air that cools")] = 22.0
    passes_every: Annotated[PositiveHours, Field(description="time between two passes of a tablet, tc")] = 0.01
    pass_rsd: Annotated[Positive, Field(description="relative deviation of what a pass brings, RSD1")] = 0.8
    power: Annotated[Kilowatts, Field(description="of fans and pan")] = 15.0
    atomising: Annotated[Positive, Field(description="compressed air while it sprays [m3/h]")] = 60.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Coat a charge of cores."""
        sound(charge, empty=False)
        film, dry, worked = remembered(charge, FILM), remembered(charge, DRIED), remembered(charge, WORKED)
        cores = charge.mass / (1.0 + film)
        stages = self._stages(cores, film, dry, charge.quality.get(COLD))
        legs, late = self._legs(cores, charge.temperature, stages, max(0.0, self.at_most - worked))
        hours = sum(leg.hours for leg in legs)

        def profile(after: float) -> Charge:
            return self._at(charge, cores, legs, min(max(after, 0.0), hours))

        wet = self.saturated(legs)
        broken = "no more spray than the air dries" if wet > 1.0 else ""
        done = forgotten(profile(hours), FILM, DRIED, WORKED, COLD)
        return Outcome(
            hours, done, {"exhaust saturation": wet}, self._draws(legs), profile, late, broken, brought(charge, done)
        )

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt does: a pan that has cooled down while it sprayed is warmed up again first."""
        now, film = super().rested(charge, hours), charge.quality.get(FILM, 0.0)
        if now.temperature >= charge.temperature or not 0.0 < film < self.gain * (1.0 - 1e-9):
            return now
        return told(now, {COLD: charge.quality.get(COLD, charge.temperature)})

    @property
    def water(self) -> float:
        """Water that is sprayed [kg/h]."""
        return self.spray * (1.0 - self.solids)

    def spraying_hours(self, cores: float, gain: float) -> float:
        """How long [h] it takes to spray a weight gain on a mass of cores [kg]."""
        return gain * cores / (self.sticks * self.spray * self.solids)

    def rests(self, cores: float, inlet: float, water: float) -> tuple[float, float]:
        """Where [°C] the temperature goes, and at what rate [1/h], for air of a temperature and a flow of water."""
        air = self.air_flow * (CA + CV * self.inlet_humidity)
        gives = air + water * CV + self.loss
        heat = air * inlet - water * (R0 - CW * self.spray_temperature) + self.loss * self.room_temperature
        return heat / gives, gives / (cores * self.core_heat + self.pan_heat)

    def saturated(self, legs: list[Leg]) -> float:
        """How near the exhaust air comes to saturation while it sprays; above 1, more is sprayed than evaporates."""
        humid = self.inlet_humidity + self.water / self.air_flow
        coldest = [min(leg.warm, leg.at(leg.hours)) for leg in legs if leg.stage.water and leg.hours]
        return max([humid / saturation(max(each, -40.0)) for each in coldest], default=0.0)

    def _stages(self, cores: float, film: float, dry: float, warm: float | None) -> list[Stage]:
        """What is still to come."""
        hot, cool = self.inlet_temperature, self.cooling_temperature
        stages = [
            Stage("drying of the film", hot, hours=max(0.0, self.drying - dry)),
            Stage("cooling", cool, goal=self.cooled, rises=False),
        ]
        if film < self.gain * (1.0 - 1e-9):
            lasts = self.spraying_hours(cores, self.gain - film)
            stages.insert(0, Stage(f"weight gain {self.gain:g} kg/kg", hot, self.water, lasts))
            if not film or warm is not None:
                goal = self.sprays_at if warm is None else warm
                stages.insert(0, Stage("the warmth to spray", hot, goal=goal))
        return stages

    def _legs(self, cores: float, warm: float, stages: list[Stage], most: float) -> tuple[list[Leg], str]:
        """The stages one after the other, cut off at a time [h], and which one that has cut off."""
        legs, now = list[Leg](), 0.0
        for stage in stages:
            leg = Leg(now, 0.0, warm, *self.rests(cores, stage.inlet, stage.water), stage)
            whole = leg.needs
            leg = leg._replace(hours=min(whole, most - now))
            legs.append(leg)
            if whole > leg.hours:
                return legs, stage.name
            now, warm = now + leg.hours, leg.at(leg.hours)
        return legs, ""

    def _at(self, charge: Charge, cores: float, legs: list[Leg], hours: float) -> Charge:
        """The charge so many hours after the first of the legs began."""
        leg = next((each for each in legs if hours <= each.begin + each.hours), legs[-1])
        sprayed = sum(each.spent(hours) for each in legs if each.stage.water)
        dried = sum(each.spent(hours) for each in legs if each.stage.name == "drying of the film")
        before = remembered(charge, FILM)
        film = before + sprayed / self.spraying_hours(cores, 1.0)
        mass, parts = cores * (1.0 + film), dict(charge.composition)
        if parts:
            parts = {name: share * charge.mass / mass for name, share in parts.items()}
            parts["film"] = parts.get("film", 0.0) + cores * (film - before) / mass
        memory = {FILM: film, DRIED: remembered(charge, DRIED) + dried, WORKED: remembered(charge, WORKED) + hours}
        now = charge.but(mass=mass, temperature=leg.at(leg.spent(hours)), composition=parts)
        return told(now, {**memory, "weight gain": film, **self._even(cores, film)})

    def _even(self, cores: float, film: float) -> dict[str, float]:
        """How much the weight gain deviates from tablet to tablet; nothing before any is sprayed."""
        if not film:
            return {}
        return {"film rsd": self.pass_rsd * sqrt(self.passes_every / self.spraying_hours(cores, film))}

    def _draws(self, legs: list[Leg]) -> dict[str, Flow]:
        """Steam that heats the air [kg/h], power [kW], and compressed air while it sprays [m3/h]."""
        some = [leg for leg in legs if leg.hours > 0.0]
        if not some:
            return {}
        air = self.air_flow * (CA + CV * self.inlet_humidity) / R_STEAM
        return {
            "steam": changes([(leg.begin, air * max(0.0, leg.stage.inlet - self.room_temperature)) for leg in some]),
            "power": ((0.0, self.power),),
            "compressed air": changes([(leg.begin, self.atomising if leg.stage.water else 0.0) for leg in some]),
        }
