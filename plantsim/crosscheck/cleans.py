"""Cleaning rules name cleans, products and means that there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from plantsim.cleaning import Clean, Cleaning
from plantsim.crews import parties
from plantsim.crosscheck.needs import draws
from plantsim.crosscheck.unknown import unknown
from plantsim.errors import Fault

if TYPE_CHECKING:
    from plantsim.scenario import Scenario


def cleaning(scenario: Scenario) -> Iterator[Fault]:
    """The cleans and products that a cleaning rule names are there, and what they need."""
    for name, rule in scenario.cleaning.items():
        at = ("cleaning", name)
        times = [law.mean_hours for law in (rule.minor, rule.major, rule.setup) if law is not None]
        yield from draws(scenario, (*at, "needs"), rule.needs, max(times, default=0.0))
        for word in ("minor", "major", "setup"):
            if getattr(rule, word) is not None and word in rule.cleans:
                yield Fault((*at, word), f"is given in cleans too; give {word!r} once")
        for word, clean in rule.cleans.items():
            yield from _clean_needs(scenario, (*at, "cleans", word), clean)
        yield from _clean_words(rule, at)
        yield from _dead_words(rule, at)
        for word, following in rule.between.items():
            for product in (word, *following):
                yield from unknown((*at, "between", word), product, scenario.products, "product")
        for product in rule.turns:
            yield from unknown((*at, "turns"), product, scenario.products, "product")


def _clean_needs(scenario: Scenario, at: tuple[str, ...], clean: Clean) -> Iterator[Fault]:
    longest = max(phase.time.mean_hours for phase in clean.washes.values())
    yield from draws(scenario, (*at, "needs"), clean.needs, longest)
    for name, phase in clean.phases.items():
        both = {pool: number + clean.needs.get(pool, 0) for pool, number in phase.needs.items()}
        yield from draws(scenario, (*at, "phases", name, "needs"), both, phase.time.mean_hours)
        if phase.slows and not any(word in scenario.utilities for word in both | clean.needs):
            text = "draws no utility in this phase: give it one under 'needs', or leave it out"
            yield Fault((*at, "phases", name, "slows"), text)
        for word, other in _same_people(scenario, phase.needs, clean.needs):
            text = f"{word!r} may be the people whom the clean keeps as {other!r}: name {other!r} in each phase instead"
            yield Fault((*at, "phases", name, "needs"), text)
    if clean.verify is not None:
        yield from draws(scenario, (*at, "verify", "needs"), clean.verify.needs, clean.verify.mean_hands_on)
        if clean.verify.fails >= 1.0:
            yield Fault((*at, "verify", "fails"), "must be less than 1, got 1: the clean would be repeated for ever")


def _same_people(scenario: Scenario, used: Iterable[str], kept: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(what a phase needs, what its clean keeps) of words which share people: it could wait for itself."""
    groups = parties(scenario.plant.crews)
    yield from ((a, b) for a in used for b in kept if a != b and any(a in group and b in group for group in groups))


def _dead_words(rule: Cleaning, at: tuple[str, ...]) -> Iterator[Fault]:
    """Words without which the plant would do the same: limits that no major clean ends, cleans of what is set up."""
    if rule.policy is not None:  # which may look at all of them
        return
    for word in ("minor", "major") if "setup" in rule.named else ():
        if word in rule.named:
            where = ("cleans", word) if word in rule.cleans else (word,)
            yield Fault((*at, *where), "what is set up for each batch is not cleaned: leave out this, or the 'setup'")
    for limit in ("longest_campaign", "longest_run", "longest_time", "most_mass"):
        if getattr(rule, limit) is not None and "major" not in rule.named:
            text = "ends with a 'major' clean, of which there is none: give it, or leave out this limit"
            yield Fault((*at, limit.replace("_", " ")), text)


def _clean_words(rule: Cleaning, at: tuple[str, ...]) -> Iterator[Fault]:
    """Each clean that a rule names is one of its own, and does what it is named for."""
    known = (*rule.named, "none")
    for last, following in rule.between.items():
        for word in following.values():
            yield from unknown((*at, "between", last), word, known, "clean")
    for limit in ("after_dirty_hold", "after_clean_hold", "after_sterile_hold", "after_opening"):
        word = getattr(rule, limit)
        if limit in rule.model_fields_set:
            yield from unknown((*at, limit.replace("_", " ")), word, known, "clean")
        if limit != "after_sterile_hold" and word in rule.named and rule.named[word].sterilises:
            yield Fault((*at, limit.replace("_", " ")), f"{word!r} only sterilises a unit that is clean; name another")
    if "major" in rule.named and not rule.renews("major"):
        yield Fault((*at, "cleans", "major", "renews"), "must be true: a limit ends with the major clean")
