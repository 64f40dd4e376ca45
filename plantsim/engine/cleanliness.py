"""How clean a unit is, which clean is due on it by a rule with clocks, and how long that will take."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from plantsim.chance import HOUR, milliseconds
from plantsim.cleaning import Clean, Cleaning, Verification
from plantsim.contracts import Cleanliness
from plantsim.engine.clock import NEVER
from plantsim.errors import ModelError
from plantsim.laws import Law
from plantsim.policies import cleaning
from plantsim.state import JobState, Phases, ran_since

if TYPE_CHECKING:
    from plantsim.engine.machine import Machine


def view(machine: Machine, now: int) -> Cleanliness:
    """The unit as a cleaning rule sees it."""
    u = machine.state
    used = u.apart and u.batch  # others are in it
    ran = u.ran + ran_since(machine.whole, u, now) if used else u.ran
    return Cleanliness(
        machine.name,
        u.set_for or u.last,
        u.dirty,
        u.campaign,
        (ran - u.major_ran) / HOUR,
        u.mass,
        (now - u.major_at) / HOUR,
        (now - u.left) / HOUR if u.dirty and not used else 0.0,
        0.0 if u.dirty else (now - u.cleaned) / HOUR,
        0.0 if u.dirty else (now - u.sterile) / HOUR,
        u.opened,
        not (u.last or u.cleans),
    )


def due(machine: Machine, rule: Cleaning, product: str, now: int) -> cleaning.Due:
    """The clean that is due before a batch of this product, and why."""
    seen = view(machine, now)
    policy = machine.policy
    if policy is None:
        return cleaning.due(rule, seen, product)
    called = getattr(policy, "__name__", repr(policy))
    try:
        word = policy(seen, product)
    except Exception as error:
        raise ModelError(f"cleaning policy {called} on {machine.name}: {error!r}") from error
    if word and word not in rule.named:
        raise ModelError(f"cleaning policy {called} on {machine.name}: there is no clean {word!r}")
    return (word, called) if word else cleaning.NOTHING


def ripens(machine: Machine, rule: Cleaning, now: int) -> int:
    """When [ms] time alone may make another clean due on a unit; NEVER if it will not."""
    u = machine.state
    since = (u.major_at, u.left, u.cleaned, u.sterile)
    holds = (rule.longest_time, rule.dirty_hold, rule.clean_hold, rule.sterile_hold)
    limits = [at + milliseconds(hold) for at, hold in zip(since, holds, strict=True) if hold is not None]
    return min((at for at in limits if at > now), default=NEVER)


def parts(rule: Cleaning, word: str) -> list[tuple[str, Law]]:
    """(act, law) of each phase of a clean, and of its verification."""
    whole, clean = "setup" if word == "setup" else f"clean {word}", rule.named[word]
    times: dict[str, Law] = {name: phase.time for name, phase in clean.washes.items()}
    if clean.verify is not None:
        times["verification"] = clean.verify.time
    return [(f"{whole}: {name}" if name else whole, law) for name, law in times.items()]


def phases(machine: Machine, rule: Cleaning, word: str, ahead: int = 1) -> Phases:
    """The phases of a clean of this unit, the next one or one further ahead; a utility is drawn in each of them."""
    k, clean = machine.state.cleans + ahead, rule.named[word]
    plan: list[tuple[str, int, tuple[tuple[str, float], ...]]] = []
    for number, (act, law) in enumerate(parts(rule, word)):
        ms = machine.streams.time(law, f"{machine.name}/{act}", k)
        if number == len(clean.washes) and clean.verify is not None:
            plan += verified(clean.verify, act, ms)
        else:
            plan.append((act, ms, tuple(sorted(used(clean, number, machine.whole.tanks).items()))))
    return tuple(plan)


def verified(verify: Verification, act: str, ms: int) -> Phases:
    """A verification of so long [ms]: as long as it needs somebody, and then the wait for its verdict."""
    uses = tuple(sorted(verify.needs.items()))
    hands = ms if verify.hands_on is None else milliseconds(verify.hands_on)
    if hands >= ms:
        return ((act, ms, uses),)
    return ((act, hands, uses), (f"{act.removesuffix('verification')}verdict", ms - hands, ()))


def used(clean: Clean, number: int, tanks: Iterable[str]) -> dict[str, float]:
    """What a phase of a clean uses: of utilities, besides what it needs itself, what the whole clean draws."""
    rates = {word: rate for word, rate in clean.needs.items() if word in tanks}
    return {**rates, **_added(list(clean.washes.values())[number].needs, rates)}


def slowness(clean: Clean, number: int, uses: Iterable[tuple[str, float]], tanks: Collection[str]) -> float:
    """How many times longer than at its full rates a phase takes that uses this."""
    if number >= len(clean.washes):
        return 1.0
    full = {name: rate for name, rate in used(clean, number, tanks).items() if name in tanks}
    return next((full[name] / rate for name, rate in uses if name in full), 1.0)


def _added(needs: dict[str, float], rates: dict[str, float]) -> dict[str, float]:
    return {name: number + rates.get(name, 0) for name, number in needs.items()}


def keeps(machine: Machine, rule: Cleaning, word: str) -> tuple[tuple[str, float], ...]:
    """(pool, number) that a clean keeps from its first phase to its last."""
    needs = rule.named[word].needs
    return tuple(sorted((name, number) for name, number in needs.items() if name not in machine.whole.tanks))


def lasts(machine: Machine, rule: Cleaning, word: str, ahead: int = 1) -> int:
    """How long [ms] a clean takes that finds all that it needs, and whose verdict is good."""
    return sum(ms for _, ms, _ in phases(machine, rule, word, ahead)) if word else 0


def rest(job: JobState) -> int:
    """How long [ms] the phases take that come after the one that a unit is in."""
    return sum(ms for _, ms, _ in job.phases[job.phase + 1 :])


def foreseen(machine: Machine, rule: Cleaning, last: str, product: str, booked: int, now: int) -> int:
    """How long [ms] the clean takes between the last batch that a unit is booked for and one of this product."""
    if not booked and machine.way is None:
        return lasts(machine, rule, due(machine, rule, product, now)[0])
    usual = "minor" if last == product else "major"
    word = "setup" if "setup" in rule.named else cleaning.between(rule, last, product, usual)
    return lasts(machine, rule, word if word in rule.named else "", booked + 1)
