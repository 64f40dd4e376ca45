"""The model inside a step: called at the grant with the batch's charge; what it says stands in the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from plantsim.chance import Streams, milliseconds
from plantsim.contracts import Charge, Draw, Equipment, Outcome, UnitModel
from plantsim.engine.drawn import lent, with_draws
from plantsim.engine.moving import hop_to, litres
from plantsim.engine.samples import inquire
from plantsim.errors import Fault, LayoutError, ModelError, did_you_mean
from plantsim.state import charge as charge_row
from plantsim.state import deviate, outcome
from plantsim.unitops.cache import Cache, Cost
from plantsim.unitops.mixing import mixed
from plantsim.unitops.model import Operation, Own, path_of, playable
from plantsim.unitops.nominal import usual
from plantsim.unitops.nonsense import Bounds, damp, from_nothing, no_charge, nonsense
from plantsim.unitops.table import Table

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.machine import Machine
    from plantsim.engine.route import StepPlan
    from plantsim.recipe import Product
    from plantsim.scenario import Scenario
    from plantsim.state import BatchState, Plan, StintPlan, Takings

SECOND = 1 / 3600  # h; what a clock can't tell apart
OWN = 6  # where an outcome tells how long the batch that leads a load would need itself
TRIES = 400  # drawings of a step in progress, of which the first that is long enough is taken


def written(charge: Charge) -> dict[str, Any]:
    """A charge as a row holds it: without its mass, which is the batch's amount, and with its volume a kg.

    To the last digit: what was balanced remains so.
    """
    return {
        "volume": charge.volume / charge.mass if charge.mass else 0.0,
        "temperature": charge.temperature,
        "composition": {**charge.composition},
        "quality": {**charge.quality},
    }


def charge_of(said: Mapping[str, Any] | None, mass: float) -> Charge:
    """The charge that a row tells of, for a mass [kg]."""
    if said is None:
        return Charge(mass)
    return Charge(mass, said["volume"] * mass, said["temperature"], said["composition"], said["quality"])


def with_taken(said: Mapping[str, Any] | None, mass: float, product: str, taken: Takings) -> Charge:
    """The charge of a batch of a mass [kg], with what its step has taken."""
    more = [(charge_of(each, amount), name) for name, amount, each in taken]
    return mixed([(charge_of(said, mass), product), *more])


def entered(b: BatchState, mass: float) -> Charge:
    """The charge for which the model of the step that a batch is in was asked, of a mass [kg] with what was taken."""
    return with_taken(b.charge, mass - sum(amount for _, amount, _ in b.taken), b.product, b.taken)


def charged(recipe: Product) -> bool:
    """Whether it is known what batches of a recipe are made of."""
    return recipe.charge is not None or any(
        step.model is not None or step.made_of is not None for step in recipe.steps.values()
    )


def modelled(scenario: Scenario) -> bool:
    """Whether any step has a model, or any product a charge."""
    return any(charged(recipe) for recipe in scenario.products.values())


class Models:
    """The models of a scenario, made once for each step and each name of unit that does it."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.cache = scenario, Cache()
        self.made: dict[tuple[str, str, str], tuple[UnitModel, Equipment]] = {}
        lots = {name: each.charge for name, each in scenario.materials.items()}
        for product, recipe in scenario.products.items():
            tabulated = any(step.tabulate for step in recipe.steps.values())
            self.usual = usual(recipe.batch, recipe.charge, recipe.steps, lots) if tabulated else {}
            for name, step in recipe.steps.items():
                if step.model is not None:
                    units = scenario.plant.units_for(step.on)
                    for group in dict.fromkeys(scenario.plant.unit_names[unit] for unit in units):
                        self.made[product, name, group] = self._model(product, name, group)
                        self._share(product, name, group, step.model)

    def _share(self, product: str, step: str, group: str, said: Operation | Own) -> None:
        """Steps of one model on one unit have what is known of it in common, and a table if their usual charges are."""
        products = self.scenario.products
        model, seen = self.made[product, step, group]
        like = [key for key in self.cache.costs if key[2] == group and products[key[0]].steps[key[1]].model == said]
        if like:
            self.cache.alike[product, step, group] = self.cache.alike.get(like[0], like[0])
        by_luck = products[product].steps[step].tabulate == "luck"
        if not products[product].steps[step].tabulate:
            self.cache.costs[product, step, group] = Cost()
            return
        usual = self.usual[step]
        tables = [table for key in like if (table := self.cache.costs[key].table) is not None and table.usual == usual]
        self.cache.costs[product, step, group] = Cost(tables[0] if tables else Table(model, seen, usual, by_luck))

    def _model(self, product: str, step: str, group: str) -> tuple[UnitModel, Equipment]:
        said: Operation | Own = self.scenario.products[product].steps[step].model
        unit = self.scenario.units[group]
        seen = Equipment(group, unit.kind, unit.volume, unit.load, unit.rate, unit.design)
        if isinstance(said, Own):
            try:
                return said.made(), seen
            except Exception as error:  # the user's own code may raise anything
                place = ("products", product, "steps", step, "model")
                text = f"can't make the model {said.use!r}: {type(error).__name__}: {error}"
                raise LayoutError([Fault(place, text)]) from error
        return playable(said.on(unit.design)), seen

    def outcome(
        self, batch: str, product: str, step: str, unit: str, charge: Charge, streams: Streams, k: int = 1
    ) -> Outcome:
        """What the model of a step says of a charge on a unit; k: 1, 2 ... tries its luck anew."""
        address = f"{batch}/{step}/model"
        return self.said(batch, product, step, unit, charge, lambda name: streams.number(f"{address}/{name}", k))

    def said(self, batch: str, product: str, step: str, unit: str, charge: Charge, draw: Draw) -> Outcome:
        """What the model of a step says of a charge on a unit, with this luck.

        Raises:
            ModelError: if it is asked about what cannot be, raises, or gives what cannot be.
        """
        group = self.scenario.plant.unit_names[unit]
        model, seen = self.made[product, step, group]
        bounds, adds = self.declared(product, step, group)
        if wrong := no_charge(charge, bounds):
            raise ModelError(self.where(batch, product, step, unit) + "gets " + wrong)
        try:
            found = self.cache.outcome((product, step, group), model, charge, seen, draw)
            wrong = nonsense(found, bounds, charge.mass, adds)
        except Exception as error:  # the user's own code may raise anything
            raise ModelError(self.where(batch, product, step, unit) + _raised(error, charge)) from error
        if wrong:
            raise ModelError(self.where(batch, product, step, unit) + wrong)
        return guarded(found, partial(self.where, batch, product, step, unit), bounds, charge.mass, adds)

    def declared(self, product: str, step: str, group: str) -> tuple[Bounds | None, float]:
        """What a model declares: bounds of attributes, and the mass [kg] that it may add; a built-in one, any."""
        said: Operation | Own = self.scenario.products[product].steps[step].model
        if isinstance(said, Operation):
            return None, inf if said.adds else 0.0
        return getattr(self.made[product, step, group][0], "bounds", None), 0.0

    def idles(self, product: str, step: str, unit: str) -> bool:
        """Whether the model of a step tells what a halt does to a charge on a unit."""
        return hasattr(self.made[product, step, self.scenario.plant.unit_names[unit]][0], "idle")

    def idled(self, b: BatchState, charge: Charge, hours: float) -> Charge:
        """What a halt of so many hours makes of a charge.

        Raises:
            ModelError: if the model raises, or gives what cannot be.
        """
        model, seen = self.made[b.product, b.step, self.scenario.plant.unit_names[b.unit]]
        try:
            found = model.idle(charge, hours, seen)  # type: ignore[attr-defined]
            bounds, _ = self.declared(b.product, b.step, self.scenario.plant.unit_names[b.unit])
            wrong = nonsense(Outcome(0.0, found), bounds, charge.mass, damp(charge, found))
        except Exception as error:  # the user's own code may raise anything
            where = self.where(b.name, b.product, b.step, b.unit)
            raise ModelError(where + "idle " + _raised(error, charge)) from error
        if wrong:
            raise ModelError(self.where(b.name, b.product, b.step, b.unit) + "idle " + wrong)
        return found  # type: ignore[no-any-return]

    def tried(self, b: BatchState, streams: Streams) -> dict[int, Outcome]:
        """{number of the try: outcome} that the state of a batch tells of; of a forecast's step, the try taken."""
        mass, own = (b.amount, 0.0) if b.outcome is None else (b.outcome[1], b.outcome[OWN])
        charge = entered(b, mass)
        for k in range(1, TRIES + 1):
            found = self.outcome(b.luck, b.product, b.step, b.unit, charge, streams, k)
            if abs(found.hours - own) < 1e-9:
                return {k: found}
        return {}

    def recalled(self, b: BatchState, streams: Streams) -> Outcome | None:
        """The outcome that the state of a batch tells of."""
        return next(iter(self.tried(b, streams).values()), None)

    def where(self, batch: str, product: str, step: str, unit: str) -> str:
        """Where a model was called, and what it is called."""
        said: Any = self.scenario.products[product].steps[step].model
        name = _called(said.use) if isinstance(said, Own) else type(said).__name__
        layout = self.scenario.name or "a layout without a name"
        return f"{layout}: step {step!r} of {product!r}, batch {batch} on {unit}: {name} "


def _called(use: Any) -> str:
    """What a user's own model is called."""
    found = path_of(use)
    return found if isinstance(found, str) else str(getattr(use, "__name__", type(use).__name__))


def guarded(
    found: Outcome, where: Callable[[], str], bounds: Bounds | None = None, came: float = inf, adds: float = 0.0
) -> Outcome:
    """An outcome whose profile, wherever it is asked, tells a charge of what came in, or says where it can't.

    Its profile raises:
        ModelError: if that of the model raises, or gives what cannot be.
    """
    inner = found.profile

    def profile(hours: float) -> Charge:
        place = f"profile after {hours:.6g} h "
        try:
            inside = inner(hours)  # type: ignore[misc]
            wrong = f"{inside!r}, where a Charge was expected"
            if isinstance(inside, Charge):
                wrong = no_charge(inside, bounds) or from_nothing(inside, came, adds + found.added)
        except Exception as error:  # the user's own code may raise anything
            raise ModelError(where() + place + _raised(error, found.charge)) from error
        if wrong:
            raise ModelError(f"{where()}{place}gives {wrong}")
        return inside

    return found if inner is None else replace(found, profile=profile)


def _raised(error: Exception, charge: Charge) -> str:
    if isinstance(error, KeyError) and error.args:
        word, known = str(error.args[0]), [*charge.quality, *charge.composition]
        if word not in known:
            return f"asks for {word!r}, which the charge does not have{did_you_mean(word, known)}"
    return f"raised {type(error).__name__}: {error}"


def foresee(
    b: BatchState, step: StepPlan, amount: float, said: Mapping[str, Any] | None, machine: Machine, floor: Floor
) -> Outcome:
    """What comes of a step with a model, for a batch that enters it with a mass [kg] of what `said` tells."""
    models: Models = floor.models  # type: ignore[assignment]
    charge = charge_of(said, amount)
    if step.mixes:
        charge = with_taken(said, amount, b.product, step.taking(amount, floor.stocks))
    return models.outcome(b.luck, b.product, step.name, machine.name, charge, floor.streams)


def played(
    b: BatchState,
    step: StepPlan,
    amount: float,
    said: dict[str, Any] | None,
    machine: Machine,
    floor: Floor,
    cleaned: bool = False,
    place: str = "",
) -> tuple[int, float, dict[str, Any] | None]:
    """How long [ms] a step will take a batch on a unit, from a place on, and its mass [kg] and charge after it."""
    hop, move = hop_to(step, b, place, machine.name), 0
    if hop is not None:
        move, amount = milliseconds(hop.hours(amount, litres(hop, b, amount, step, said))), hop.arrives(amount)
    run, out = None, amount
    if step.model is not None:
        found = foresee(b, step, amount, said, machine, floor)
        run, out, said = milliseconds(found.hours), found.charge.mass, written(found.charge)
    elif step.mixes:
        mixture = with_taken(said, amount, b.product, step.taking(amount, floor.stocks))
        out, said = mixture.mass, written(mixture)
    if cleaned:
        address = f"{b.luck}/{step.name}"
        whole = amount + step.adds(amount)
        plan: Plan = tuple([each.plan(address, whole, machine, floor.streams, run) for each in step.stints])
    else:
        plan = step.plan(b.luck, amount + step.adds(amount), machine, b.product, floor.streams, run)
    return move + sum(stint[1] for stint in plan), step.out(out), said


def tell_outcome(b: BatchState, found: Outcome, own: float, floor: Floor, amount: float, now: int) -> None:
    """What the model says stands in the record, right after the grant, with the hours that this batch needs itself."""
    detail = told(found, own, amount)
    floor.put(outcome, (now, "outcome", b.unit, b.name, b.step, b.product, b.amount, "", detail))


def told(found: Outcome, own: float, amount: float) -> tuple[Any, ...]:
    """An outcome for a mass [kg] as a row holds it, with the hours that the batch which leads a load needs itself."""
    return found.hours, amount, found.charge.mass, written(found.charge), missed(found), {**found.draws}, own


def missed(found: Outcome) -> tuple[str, ...]:
    """The causes of deviations that an outcome tells: an end point that was not reached, a limit that was not kept.

    >>> missed(Outcome(1.0, Charge(1.0), late="moisture 0.02 kg/kg", broken="product below -15 °C"))
    ('moisture 0.02 kg/kg not reached', 'product below -15 °C: broken')
    """
    told = (f"{found.late} not reached" if found.late else "", f"{found.broken}: broken" if found.broken else "")
    return tuple(cause for cause in told if cause)


def drawing(plan: Plan, found: Outcome, b: BatchState, step: StepPlan, machine: Machine, floor: Floor) -> Plan:
    """The plan in which the run claims what its model draws; a run that may be slow draws what the step needs alone.

    Raises:
        ModelError: if not even a full tank from which nobody else draws would carry it.
    """
    if not found.draws or "run" in step.slows:
        return plan
    models: Models = floor.models  # type: ignore[assignment]
    plan = with_draws(plan, lent(found.draws, milliseconds(found.hours), floor.state.tanks))
    wrong = next(filter(None, (impossible(stint, found, floor) for stint in plan)), "")
    if wrong:
        raise ModelError(models.where(b.name, b.product, step.name, machine.name) + wrong)
    return plan


def impossible(stint: StintPlan, found: Outcome, floor: Floor) -> str:
    """Why what a stint draws can never be drawn; '' if it can."""
    names = dict.fromkeys(name for name, _, _ in stint[2] if name in found.draws)
    return next(filter(None, (floor.desks[name].never(stint[2]) for name in names)), "")


def tell_charge(b: BatchState, said: dict[str, Any], floor: Floor, now: int) -> None:
    """What a batch is made of stands in the record."""
    floor.put(charge_row, (now, "charge", "", b.name, b.step, b.product, b.amount, "", said))


def conclude(b: BatchState, floor: Floor, now: int) -> None:
    """A step with a model is over: the batch is what the model says."""
    said = b.outcome
    if said is None:
        return
    report(said[4], b, floor, now)
    row = (now, "charge", b.unit, b.name, b.step, b.product, said[2], "", said[3])
    floor.put(charge_row, row)


def report(missed: Iterable[str], b: BatchState, floor: Floor, now: int) -> None:
    """What a model says was not reached, or not kept, is a deviation of the batch, which may be investigated."""
    for cause in missed:
        floor.put(deviate, (now, "deviation", b.unit, b.name, b.step, b.product, b.amount, cause, None))
        inquire("end point" if cause.endswith("not reached") else "limit", b, "", floor, now)
