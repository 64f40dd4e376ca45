"""What `import plantsim as ps` offers, for type checkers; `__init__.py` loads each name when it is first used."""

from plantsim import charts as charts
from plantsim.calendars import Calendar as Calendar
from plantsim.charge import StartingCharge as StartingCharge
from plantsim.cleaning import Clean as Clean
from plantsim.cleaning import Cleaning as Cleaning
from plantsim.cleaning import Phase as Phase
from plantsim.cleaning import Verification as Verification
from plantsim.contracts import (
    Charge as Charge,
)
from plantsim.contracts import (
    Equipment as Equipment,
)
from plantsim.contracts import (
    Outcome as Outcome,
)
from plantsim.engine.simulate import simulate as simulate
from plantsim.errors import (
    Fault as Fault,
)
from plantsim.errors import (
    LayoutError as LayoutError,
)
from plantsim.errors import (
    ModelError as ModelError,
)
from plantsim.errors import (
    PlantsimError as PlantsimError,
)
from plantsim.errors import (
    StuckPlant as StuckPlant,
)
from plantsim.laws import (
    Bootstrap as Bootstrap,
)
from plantsim.laws import (
    Constant as Constant,
)
from plantsim.laws import (
    Empirical as Empirical,
)
from plantsim.laws import (
    Exponential as Exponential,
)
from plantsim.laws import (
    Gamma as Gamma,
)
from plantsim.laws import (
    Geometric as Geometric,
)
from plantsim.laws import (
    Lognormal as Lognormal,
)
from plantsim.laws import (
    Trace as Trace,
)
from plantsim.laws import (
    Triangular as Triangular,
)
from plantsim.laws import (
    Uniform as Uniform,
)
from plantsim.laws import (
    Weibull as Weibull,
)
from plantsim.layout import read_layout as read_layout
from plantsim.layout import write_layout as write_layout
from plantsim.plant import (
    Buffer as Buffer,
)
from plantsim.plant import (
    Failure as Failure,
)
from plantsim.plant import (
    Maintenance as Maintenance,
)
from plantsim.plant import (
    Plant as Plant,
)
from plantsim.plant import (
    Pool as Pool,
)
from plantsim.plant import (
    Unit as Unit,
)
from plantsim.prices import Prices as Prices
from plantsim.recipe import Order as Order
from plantsim.recipe import Product as Product
from plantsim.recipe import Release as Release
from plantsim.record import Record as Record
from plantsim.record import Row as Row
from plantsim.report import write_report as write_report
from plantsim.results import Results as Results
from plantsim.scenario import ReportPlan as ReportPlan
from plantsim.scenario import RunPlan as RunPlan
from plantsim.scenario import Scenario as Scenario
from plantsim.state import State as State
from plantsim.step import Step as Step
from plantsim.study import Difference as Difference
from plantsim.study import Precision as Precision
from plantsim.study import Selection as Selection
from plantsim.study import Trial as Trial
from plantsim.study import WarmUp as WarmUp
from plantsim.study import compare as compare
from plantsim.study import difference as difference
from plantsim.study import replicate as replicate
from plantsim.study import select as select
from plantsim.study import warm_up as warm_up
from plantsim.study.bottlenecks import Bottlenecks as Bottlenecks
from plantsim.study.bottlenecks import bottlenecks as bottlenecks
from plantsim.study.checked import table_errors as table_errors
from plantsim.study.design import Experiment as Experiment
from plantsim.study.design import experiment as experiment
from plantsim.study.explain import Bounds as Bounds
from plantsim.study.explain import explain as explain
from plantsim.study.factors import Factor as Factor
from plantsim.study.fit import Fit as Fit
from plantsim.study.fit import fit as fit
from plantsim.study.optimise import Optimisation as Optimisation
from plantsim.study.optimise import optimise as optimise
from plantsim.study.sensitivity import Sensitivity as Sensitivity
from plantsim.study.sensitivity import sensitivity as sensitivity
from plantsim.study.sizing import Size as Size
from plantsim.study.sizing import Sizing as Sizing
from plantsim.study.sizing import size as size
from plantsim.study.spread import StepSpread as StepSpread
from plantsim.study.spread import spread as spread
from plantsim.study.steady import SteadyState as SteadyState
from plantsim.study.steady import steady_state as steady_state
from plantsim.study.uncertainty import InputUncertainty as InputUncertainty
from plantsim.study.uncertainty import input_uncertainty as input_uncertainty
from plantsim.study.waterfall import Waterfall as Waterfall
from plantsim.study.waterfall import waterfall as waterfall
from plantsim.twin import Forecast as Forecast
from plantsim.twin import Twin as Twin
