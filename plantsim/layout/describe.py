"""What a layout may say: the JSON Schema for editors, and the table for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plantsim.calendars import Calendar
from plantsim.chance import LAWS
from plantsim.charge import SPREADS, LotCharge, StartingCharge
from plantsim.cleaning import Clean, Cleaning, Phase, Verification
from plantsim.materials import Amount, Investigation, Limits, Material, QualityTest, Rework, Sampling
from plantsim.moving import Area, Transfer
from plantsim.plant import Buffer, Failure, Maintenance, Pool, Unit
from plantsim.prices import Prices
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import ReportPlan, RunPlan, Scenario
from plantsim.schema import Declared, fields
from plantsim.step import Step, StepPhase
from plantsim.stops import MinorStops
from plantsim.unitops import OPERATIONS, operation
from plantsim.unitops.idle import Decay, Drift, Halt
from plantsim.unitops.packaging import Machine
from plantsim.utility import Utility

PARTS: dict[str, type[Declared]] = {
    "the top": Scenario,
    "units": Unit,
    "buffers": Buffer,
    "pools": Pool,
    "utilities": Utility,
    "areas": Area,
    "transfers": Transfer,
    "calendars": Calendar,
    "minor stops": MinorStops,
    "failures": Failure,
    "maintenance": Maintenance,
    "cleaning": Cleaning,
    "cleans": Clean,
    "phases": Phase,
    "verify": Verification,
    "materials": Material,
    "tests": QualityTest,
    "spec": Limits,
    "investigations": Investigation,
    "products": Product,
    "charge": StartingCharge,
    "charge of a material": LotCharge,
    "steps": Step,
    "phases of a step": StepPhase,
    "takes and gives": Amount,
    "tests of a step": Sampling,
    "after hold and after pause": Rework,
    "orders": Order,
    "release": Release,
    "prices": Prices,
    "run": RunPlan,
    "report": ReportPlan,
}
SAID: dict[str, Any] = {
    "type": "object",
    "description": "days of the week and hours of the day, in local wall time; needs the start of the layout",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "days": {"description": "mon-fri, 'mon, wed' or daily", "examples": ["mon-fri"], "type": ["string", "array"]},
        "hours": {
            "description": "06:00-14:00, or a list of such stretches; they may pass midnight",
            "examples": ["06:00-14:00"],
            "type": ["string", "array"],
        },
        "except": {
            "description": "dates on which it is closed",
            "examples": ["2027-12-25"],
            "type": ["string", "array"],
        },
        "breaks": {
            "description": "10:00-10:30, or a list of such stretches",
            "examples": ["10:00-10:30"],
            "type": ["string", "array"],
        },
        "gowning": {"description": "lost as a stretch begins", "examples": ["15 min"], "type": "string"},
        "degowning": {"description": "lost before a stretch ends", "examples": ["5 min"], "type": "string"},
    },
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of layout files, for completion and checking in editors."""
    schema = Scenario.model_json_schema(by_alias=True)
    _tidy(schema)
    schema["title"], schema["description"] = "plantsim layout", "A plant, its recipes and its orders."
    calendar = schema["$defs"]["Calendar"]
    schema["$defs"]["Calendar"] = {"anyOf": [calendar, SAID]}
    extends = {"type": "string", "description": "a layout from which this one says only what differs"}
    schema["properties"] = {"plantsim": schema["properties"]["plantsim"], "extends": extends, **schema["properties"]}
    return schema


def _tidy(part: Any) -> None:
    """Without titles, which repeat the words, and with defaults as a file would say them."""
    if isinstance(part, list):
        for each in part:
            _tidy(each)
    if not isinstance(part, dict):
        return
    if isinstance(part.get("title"), str):
        del part["title"]
    if part.get("type") == "string" and isinstance(part.get("default"), float):
        part["default"] = f"{part['default']:g} {str(part['examples'][0]).split()[-1]}"
    for word in ("default",) if "$ref" in part or part.get("default", "") is None else ():
        part.pop(word, None)
    for each in part.values():
        _tidy(each)


def fields_table() -> str:
    """The words of a layout file, as tables in Markdown."""
    return "\n".join(line for name, declared in PARTS.items() for line in _table(name, declared)) + "\n".join(
        ["", *_laws(), *_spreads(), *_operations()]
    )


def _table(name: str, declared: type[Declared]) -> Iterator[str]:
    yield from (f"### {name}", "", (declared.__doc__ or "").partition("\n")[0], "")
    yield from ("| word | value | default | |", "|---|---|---|---|")
    for word, kind, default, words in fields(declared):
        yield f"| `{word}` | {kind} | {default} | {words} |"
    yield ""


def _spreads() -> Iterator[str]:
    yield from ("### numbers of a charge", "", "A number such as `0.25 kg/kg`, or one distribution over lots.", "")
    yield from ("| distribution | | its words |", "|---|---|---|")
    for word, spread in SPREADS.items():
        inner = ", ".join(f"`{name}`" for name, *_ in fields(spread))
        yield f"| `{word}` | {(spread.__doc__ or '').partition(chr(10))[0]} | {inner} |"
    yield ""


def _operations() -> Iterator[str]:
    for name in OPERATIONS:
        yield from (line for line in _table(name, operation(name)) if not line.startswith("| `halt` "))
    yield from _table("machines of Packaging", Machine)
    yield from _table("halt of any of them", Halt)
    yield from _table("decays of a halt", Decay)
    yield from _table("drifts of a halt", Drift)


def _laws() -> Iterator[str]:
    yield from ("### laws", "", "A time is a text such as `45 min`, or one law: `{law: {...}}`.", "")
    yield from ("| law | | its words |", "|---|---|---|")
    for word, law in LAWS.items():
        inner = ", ".join(f"`{name}`" for name, *_ in fields(law) if name != "law")
        yield f"| `{word}` | {(law.__doc__ or '').partition(chr(10))[0]} | {inner} |"
    yield ""
