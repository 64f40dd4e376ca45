"""Which clean is due on an empty unit, before a batch of a product may enter, and why."""

from __future__ import annotations

from collections.abc import Iterator

from plantsim.cleaning import Cleaning
from plantsim.contracts import Campaign, Cleanliness

Due = tuple[str, str]  # name of the clean, why
NOTHING: Due = ("", "")
EXACT = 1.5e-7  # [h]: half a millisecond


def clean_due(unit: Campaign, rule: Cleaning, product: str) -> str:
    """'major', 'minor' or '': the clean that is due by a plain rule before a batch of this product ('': before any)."""
    if not unit.last:
        return ""
    other = product not in ("", unit.last)
    longest = rule.longest_campaign is not None and unit.campaign >= rule.longest_campaign
    if (other or longest) and unit.campaign:
        return "major" if rule.major is not None else ""
    return "minor" if unit.dirty and rule.minor is not None else ""


def due(rule: Cleaning, unit: Cleanliness, product: str) -> Due:
    """Of all cleans that are due the longest, and of equal ones the first."""
    found = [each for each in triggers(rule, unit, product) if each[0] in rule.named]
    found = found or [each for each in held_too_long(rule, unit) if each[0] in rule.named]
    return max(found, key=lambda each: rule.named[each[0]].mean_hours, default=NOTHING)


def triggers(rule: Cleaning, unit: Cleanliness, product: str) -> Iterator[Due]:
    """The cleans that the use of a unit makes due."""
    if "setup" in rule.named:
        if unit.dirty or unit.new or unit.opened:
            yield "setup", "setup"
        return
    if unit.opened:
        yield rule.opening_clean, f"after {unit.opened}"
    if unit.dirty and _reached(unit.dirty_hours, rule.dirty_hold):
        yield rule.after_dirty_hold, "dirty hold"
    if unit.campaign:
        yield from campaign_over(rule, unit, product)
    elif rule.turns and unit.last and product not in ("", unit.last):
        yield between(rule, unit.last, product, "major"), "change of product"
    if unit.dirty and product in ("", unit.last):
        yield between(rule, unit.last, unit.last, "minor"), "minor"


def campaign_over(rule: Cleaning, unit: Cleanliness, product: str) -> Iterator[Due]:
    """The cleans at the end of a campaign: another product comes, or a limit is reached."""
    if product not in ("", unit.last):
        yield between(rule, unit.last, product, "major"), "change of product"
    counts = {
        "longest campaign": (unit.campaign, rule.longest_campaign),
        "longest run": (unit.run_hours, rule.longest_run),
        "longest time": (unit.hours, rule.longest_time),
        "most mass": (unit.mass, rule.most_mass),
    }
    yield from (("major", why) for why, (count, most) in counts.items() if _reached(count, most))


def held_too_long(rule: Cleaning, unit: Cleanliness) -> Iterator[Due]:
    """The cleans of a unit that is clean, but not any more for what comes."""
    if not unit.dirty and _reached(unit.clean_hours, rule.clean_hold):
        yield rule.hold_clean(rule.after_clean_hold), "clean hold"
    elif not unit.dirty and _reached(unit.sterile_hours, rule.sterile_hold):
        yield rule.hold_clean(rule.after_sterile_hold), "sterile hold"


def between(rule: Cleaning, last: str, product: str, usual: str) -> str:
    """The clean between two products."""
    return rule.between.get(last, {}).get(product, usual)


def _reached(count: float, most: float | None) -> bool:
    return most is not None and count >= most - EXACT
