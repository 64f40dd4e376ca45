"""A functional mock-up unit (FMI 2 or 3, co-simulation) as a unit operation, by fmpy: one instance a call.

An FMU is a program: it is loaded only from the path that a layout names, and its sha256 stands in the run's manifest.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Positive, PositiveHours
from plantsim.unitops.model import Operation
from plantsim.unitops.own import attribute, ended
from plantsim.unitops.underway import brought

FMI = "an FMU needs fmpy: pip install 'pharma-plantsim[fmi]'"


class FMU(Operation):
    """A functional mock-up unit that is played until a variable of it falls, or rises, to a number."""

    path: Annotated[str, Field(description="of the file")]
    sets: Annotated[dict[str, str], Field(description="variable: attribute of the charge that it begins with")]
    stops: Annotated[str, Field(description="variable at which it stops")]
    until: Annotated[float, Field(description="number of it at which it stops")]
    gives: Annotated[dict[str, str], Field(description="attribute of quality: variable that it is at the end")] = {}
    per_hour: Annotated[Positive, Field(description="its units of time in an hour")] = 3600.0
    steps: Annotated[int, Field(gt=1, description="communication steps in an hour")] = 120
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    @property
    def files(self) -> dict[str, str]:
        """The file, and its sha256."""
        return {self.path: sha256(Path(self.path).read_bytes()).hexdigest()}

    @property
    def reads(self) -> tuple[str, ...]:
        """Attributes with which it begins, but for mass, volume and temperature, which each charge has."""
        return tuple(name for name in self.sets.values() if name not in ("mass", "volume", "temperature"))

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Play it from a charge."""
        times, curves = self._played(charge)
        goes = curves[self.stops]
        sign = 1.0 if goes[0] > self.until else -1.0
        k = next((k for k, each in enumerate(goes) if sign * (each - self.until) <= 0.0), len(goes) - 1)
        late = sign * (goes[k] - self.until) > 0.0
        share = 1.0 if late or not k else (goes[k - 1] - self.until) / (goes[k - 1] - goes[k])
        hours = times[k - 1] + share * (times[k] - times[k - 1]) if k else 0.0

        def profile(at: float) -> Charge:
            now = {name: _at(times, curves[variable], min(at, hours)) for name, variable in self.gives.items()}
            return ended(charge, now)

        end, missed = profile(hours), f"{self.stops} {self.until:g}" if late else ""
        return Outcome(hours, end, profile=profile, late=missed, added=brought(charge, end))

    def _played(self, charge: Charge) -> tuple[list[float], dict[str, list[float]]]:
        """Times [h], and each variable that counts at these times.

        Raises:
            ImportError: if fmpy is not there.
        """
        try:
            from fmpy import simulate_fmu  # type: ignore[import-not-found,import-untyped,unused-ignore]
        except ImportError as error:
            raise ImportError(FMI) from error
        names = [*dict.fromkeys([self.stops, *self.gives.values()])]
        end = self.at_most * self.per_hour
        begin = {variable: attribute(charge, name) for variable, name in self.sets.items()}
        found: Any = simulate_fmu(
            self.path, start_values=begin, stop_time=end, output=names, output_interval=self.per_hour / self.steps
        )
        return [float(at) / self.per_hour for at in found["time"]], {
            name: [float(each) for each in found[name]] for name in names
        }


def _at(times: list[float], curve: list[float], hours: float) -> float:
    k = next((k for k, at in enumerate(times) if at >= hours), len(times) - 1)
    if not k:
        return curve[0]
    share = (hours - times[k - 1]) / (times[k] - times[k - 1])
    return curve[k - 1] + share * (curve[k] - curve[k - 1])
