"""Study files: which variants of which layouts are compared, how surely, and where the results are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from plantsim.errors import Fault, LayoutError
from plantsim.layout import read_layout
from plantsim.layout.change import WITH
from plantsim.layout.sentences import sentence
from plantsim.layout.tree import Table, mark_of, read_tree, walked
from plantsim.scenario import Scenario
from plantsim.schema import Declared


class Narrow(Declared):
    """How narrow the interval shall be: relative to the mean, or in the unit of the figure."""

    relative: Annotated[PositiveFloat | None, Field(description="half the interval as a share of the mean")] = None
    absolute: Annotated[PositiveFloat | None, Field(description="half the interval, as the figure is measured")] = None
    most: Annotated[PositiveInt, Field(description="replications at most")] = 1000
    skewed: Annotated[bool, Field(description="whether the figure has a long tail")] = False

    @model_validator(mode="after")
    def _one(self) -> Narrow:
        if (self.relative is None) == (self.absolute is None):
            raise ValueError("give one of relative and absolute")
        if self.most < 10:
            raise ValueError(f"a precision takes 10 replications or more, got at most {self.most}")
        return self


class Choice(Declared):
    """The best of the scenarios, with a probability, if it is better than the others by the indifference."""

    indifference: Annotated[PositiveFloat, Field(description="what is not worth telling apart")]
    probability: Annotated[float, Field(gt=0.0, lt=1.0, description="of a right choice")] = 0.95
    rule: Annotated[Literal["kim-nelson", "ocba"], Field(description="how replications are spent")] = "kim-nelson"
    larger: Annotated[bool, Field(description="whether more is better")] = True
    most: Annotated[PositiveInt, Field(description="replications at most (ocba: of all together)")] = 1000


class Variant(Declared):
    """A layout, and what is other in it."""

    layout: Annotated[str, Field(description="a file beside this one; none: that of the study")] = ""
    change: Annotated[str, Field(description="such as 'units.press.count=3'; with commas between: several")] = ""


Change = Annotated[
    Variant, BeforeValidator(lambda said: {"change": said or ""} if said is None or isinstance(said, str) else said)
]


class Levels(Declared):
    """What a factor may be, as a change says it: two ends and all between, or some levels."""

    levels: Annotated[tuple[str, ...], Field(min_length=2, description="as they would stand behind a '='")]
    between: Annotated[bool, Field(description="whether what is between the two counts as well")] = False


def _levels(said: Any) -> Any:
    """'2 .. 8' are two ends, and a list is levels."""
    if isinstance(said, (str, int, float)):
        ends = [each.strip() for each in str(said).split("..")]
        if len(ends) != 2 or not all(ends):
            raise ValueError(f"expected two ends such as '2 .. 8' or '10 min .. 30 min', or a list, got {said!r}")
        return {"levels": ends, "between": True}
    return {"levels": [str(each) for each in said]} if isinstance(said, (list, tuple)) else said


class Design(Declared):
    """An experiment over some factors of one scenario, or what a figure depends on."""

    kind: Annotated[
        Literal["factorial", "lhs", "sobol", "tornado", "morris", "sobol indices"], Field(description="which points")
    ]
    factors: Annotated[
        dict[str, Annotated[Levels, BeforeValidator(_levels)]],
        Field(min_length=1, description="path: 'low .. high', or a list of levels"),
    ]
    runs: Annotated[PositiveInt | None, Field(description="points; of indices: of the base sample")] = None
    replications: Annotated[PositiveInt, Field(description="of each point")] = 3


class StudyPlan(Declared):
    """What a study file says."""

    study: Annotated[str, Field(description="what it is called")]
    layout: Annotated[str, Field(description="the layout file, beside this one")]
    weeks: Annotated[PositiveFloat | None, Field(description="length of a run; none: as the layout says")] = None
    scenarios: Annotated[dict[str, Change], Field(min_length=1, description="name: a change, or layout and change")]
    figure: Annotated[str, Field(description="what is looked at")] = "batches a week [1/week]"
    seed: Annotated[int, Field(description="all the luck there is")] = 1
    replications: Annotated[PositiveInt, Field(description="a number, unless a precision or a choice is asked")] = 30
    precision: Annotated[Narrow | None, Field(description="until the intervals are so narrow")] = None
    select: Annotated[Choice | None, Field(description="until the best is found")] = None
    design: Annotated[Design | None, Field(description="an experiment over factors of the one scenario")] = None
    warm_up: Annotated[Literal["mser-5"] | None, Field(description="leave out what MSER-5 finds")] = None
    folder: Annotated[str, Field(description="for the results, beside this file; none: results/NAME")] = ""

    @model_validator(mode="after")
    def _one(self) -> StudyPlan:
        if self.precision is not None and self.select is not None:
            raise ValueError("give one of precision and select")
        if self.design is not None and (self.precision or self.select or self.warm_up or len(self.scenarios) > 1):
            raise ValueError("a design takes one scenario, and no precision, select or warm up")
        if self.select is not None and len(self.scenarios) < 2:
            raise ValueError("to select takes two scenarios or more")
        return self


def read_study(path: str | Path) -> tuple[StudyPlan, dict[str, Scenario]]:
    """A study file, and its scenarios by name.

    Raises:
        LayoutError: with all that is wrong in it, each with its line, and in the layouts that it names.
    """
    path = Path(path)
    data, faults = read_tree(path)
    try:
        plan = StudyPlan.model_validate(dict(data))
    except ValidationError as error:
        found = [Fault(tuple(each["loc"]), sentence(each, StudyPlan)) for each in error.errors(include_url=False)]
        raise LayoutError([*faults, *(_marked(data, path, each) for each in found)]) from None
    scenarios: dict[str, Scenario] = {}
    for name, variant in plan.scenarios.items():
        try:
            scenarios[name] = _scenario(path, plan, variant)
        except LayoutError as error:
            faults += [_of_variant(data, path, name, each) for each in error.faults]
    if faults:
        raise LayoutError(list(dict.fromkeys(faults)))
    return plan, scenarios


def levels_of(path: str | Path, plan: StudyPlan, design: Design) -> dict[str, list[Scenario]]:
    """Path of a factor -> the scenario in which it alone has a level, for each level.

    Raises:
        LayoutError: with all that is wrong, each with the line of the factor.
    """
    path = Path(path)
    data, _ = read_tree(path)
    (variant,) = plan.scenarios.values()
    found: dict[str, list[Scenario]] = {}
    faults: list[Fault] = []
    for factor, said in design.factors.items():
        try:
            found[factor] = [_scenario(path, plan, variant, f"{factor}={level}") for level in said.levels]
        except LayoutError as error:
            place = ("design", "factors", factor)
            faults += [
                each if each.file != WITH else _marked(data, path, Fault(place, each.text)) for each in error.faults
            ]
    if faults:
        raise LayoutError(list(dict.fromkeys(faults)))
    return found


def _scenario(path: Path, plan: StudyPlan, variant: Variant, *more: str) -> Scenario:
    scenario = read_layout(path.parent / (variant.layout or plan.layout), *filter(None, (variant.change, *more)))
    return scenario if plan.weeks is None else scenario.replace(horizon=plan.weeks * 168.0).check()


def _of_variant(data: Table, path: Path, name: str, fault: Fault) -> Fault:
    """A fault of a change stands where the study file has the change; one of a layout stands there."""
    return fault if fault.file != WITH else _marked(data, path, Fault(("scenarios", name), fault.text))


def _marked(data: Table, path: Path, fault: Fault) -> Fault:
    place: tuple[Any, ...] = walked(data, fault.path)
    return Fault(place or fault.path, fault.text, *mark_of(data, place, str(path)))
