"""Distributions from data: published fits, laws found again, and warnings about data that should not be believed."""

from __future__ import annotations

import json
from dataclasses import replace
from math import exp, log
from pathlib import Path

import pytest

from plantsim.chance import Streams
from plantsim.charts import fitted
from plantsim.laws import Empirical, Exponential, Gamma, Law, Lognormal, Weibull, normal
from plantsim.study.fit import CANDIDATES, Numbers, fit

BEARINGS = Path(__file__).parents[2] / "shared/data/failure_times/data.json"
LAWS: dict[str, Law] = {
    "exponential": Exponential(mean=20.0),
    "lognormal": Lognormal(mean=2.0, cv=0.6),
    "weibull": Weibull(scale=8.0, shape=4.0),
    "gamma": Gamma(mean=3.0, cv=1.6),
}


def drawn(law: Law, number: int, seed: int = 1) -> list[float]:
    streams = Streams(seed)
    return [law.quantile(streams.number("x", k)) for k in range(number)]


@pytest.mark.needs_data
@pytest.mark.skipif(not BEARINGS.exists(), reason="BENCHMARK DATA MISSING: failure_times/data.json")
def test_the_lives_of_bearings_give_the_published_fit() -> None:
    """Lieblein and Zelen (1956), 23 deep-groove ball bearings; Weibull by maximum likelihood: 81.875 and 2.102."""
    said = json.loads(BEARINGS.read_text())["bearings"]
    law = next(each.law for each in fit(said["x"]).ranked if each.name == "weibull")
    assert isinstance(law, Weibull)
    assert law.scale == pytest.approx(said["expected_weibull_mle"]["scale"], abs=5e-3)
    assert law.shape == pytest.approx(said["expected_weibull_mle"]["shape"], abs=5e-4)


def test_closed_forms_of_the_greatest_likelihood() -> None:
    """Exponential: the mean; lognormal: mean and variance of the logarithms.  ln L of the first is -n (1 + ln mean)."""
    times = [1.0, 2.0, 4.0, 3.0, 5.0, 9.0]
    found = {each.name: each for each in fit(times).ranked}
    assert found["exponential"].law.mean_hours == pytest.approx(4.0, rel=1e-7)
    assert found["exponential"].likelihood == pytest.approx(-6.0 * (1.0 + log(4.0)), rel=1e-9)
    logs = [log(each) for each in times]
    middle = sum(logs) / 6.0
    variance = sum((each - middle) ** 2 for each in logs) / 6.0
    assert found["lognormal"].law.mean_hours == pytest.approx(exp(middle + variance / 2.0), rel=1e-6)


def test_lives_that_had_not_ended_count_as_what_they_are() -> None:
    """Exponential lives: all hours seen over the number of failures, (2 + 4 + 6 + 8 + 5 + 3 * 9) / 5 = 10.4 h."""
    found = fit([2.0, 4.0, 6.0, 8.0, 5.0], ("exponential",), censored=[9.0, 9.0, 9.0])
    assert found.law.mean_hours == pytest.approx(10.4, rel=1e-7)
    assert found.best.likelihood == pytest.approx(-5.0 * (1.0 + log(10.4)), rel=1e-9)


@pytest.mark.parametrize("name", list(LAWS))
def test_the_law_that_made_the_times_is_found(name: str) -> None:
    """Of 500 times its mean comes back within 4 standard errors, and no other law is much better."""
    found = fit(drawn(LAWS[name], 500))
    again = next(each for each in found.ranked if each.name == name)
    assert again.aic <= found.best.aic + 4.0
    cv = {"exponential": 1.0, "lognormal": 0.6, "weibull": 0.28, "gamma": 1.6}[name]
    assert again.law.mean_hours == pytest.approx(LAWS[name].mean_hours, rel=4.0 * cv / 500**0.5)


def test_a_law_that_no_data_of_its_own_resemble_is_not_taken() -> None:
    """Half the times about 1 h, half about 5 h: no law with one hump; the measured times are taken, and it is said."""
    times = [1.0 + k / 500 for k in range(25)] + [5.0 + k / 500 for k in range(25)]
    found = fit(times)
    assert found.law == Empirical(times=tuple(times))
    assert all(each.chance < 0.05 for each in found.ranked)
    assert found.notes[-1] == (
        "none of exponential, lognormal, weibull, gamma is likely (chance below 5%): the measured times are taken"
    )


def test_the_chance_of_a_distance_is_uniform_under_the_law() -> None:
    """Of 25 data sets of an exponential the chances have a mean of 1/2, and 1.25 are below 5 % (4 errors: 5)."""
    chances = [fit(drawn(LAWS["exponential"], 15, seed), ("exponential",)).best.chance for seed in range(25)]
    assert sum(chance < 0.05 for chance in chances) <= 5
    assert sum(chances) / 25 == pytest.approx(0.5, abs=4 * (1 / 12 / 25) ** 0.5)


def test_what_data_should_not_be_believed_is_said() -> None:
    """Seven times of mean 2.03 and standard deviation 0.665: twice 0.665 / sqrt(7) is 25 % of the mean."""
    few = fit([1.0, 2.0, 1.5, 3.0, 2.2, 1.9, 2.6])
    assert few.notes == ["only 7 times: their mean is known to about ± 25%, and the law hardly"]
    streams, wave, times = Streams(3), 0.0, []
    for k in range(200):
        wave = 0.8 * wave + normal.inv_cdf(streams.number("wave", k))
        times.append(exp(0.3 * wave))
    told = fit(times, ("lognormal",)).notes
    assert told[0].startswith("each time resembles the one before it (rank correlation 0.")
    assert "{bootstrap: {times: ..., block: 12}}" in told[0]
    risen = fit([1.0 + 0.01 * k + (k * 7 % 10) / 10.0 for k in range(200)]).notes
    assert any(note.startswith("the times rise as they go on") for note in risen)


@pytest.mark.parametrize(
    ("times", "text"),
    [
        ([1.0, 2.0], "2 times are too few to fit a law; give at least 5, or the time itself"),
        ([1.0, 2.0, -3.0, 1.0, 1.0], "time 3 is -3.0, which must be a positive number of hours; leave it out"),
        ([1.0, 2.0, float("nan"), 1.0, 1.0], "time 3 is nan, which must be a positive number of hours; leave it out"),
        ([2.0] * 6, "all 6 times are 2 h; give that time itself"),
    ],
)
def test_what_is_no_data_is_refused(times: list[float], text: str) -> None:
    with pytest.raises(ValueError) as told:  # noqa: PT011  (the whole text is compared)
        fit(times)
    assert str(told.value) == text


@pytest.mark.parametrize(("life", "said"), [(-3.0, "-3.0"), (0.0, "0.0"), (float("nan"), "nan")])
def test_a_censored_life_that_is_no_time_is_refused(life: float, said: str) -> None:
    with pytest.raises(ValueError) as told:  # noqa: PT011  (the whole text is compared)
        fit([1.0, 2.0, 3.0, 4.0, 5.0], censored=[2.0, life])
    assert str(told.value) == f"censored time 2 is {said}, which must be a positive number of hours; leave it out"


def test_lives_that_had_not_ended_are_not_judged_and_that_is_said() -> None:
    found = fit([2.0, 4.0, 6.0, 8.0, 5.0] * 5, ("exponential", "gamma"), censored=[9.0, 9.0, 9.0])
    assert found.notes[-1] == ("3 of 28 lives had not ended, so no law was judged: gamma is taken for its AIC alone")


def test_equal_times_neither_rise_nor_follow_one_another() -> None:
    """60 times that are 1 h or 1.5 h by the throw of a coin have no order; four equal ones and another have none."""
    streams = Streams(4)
    coin = [1.0 if streams.number("coin", k) < 0.5 else 1.5 for k in range(60)]
    assert [note for note in fit(coin, ("exponential",)).notes if "rank correlation" in note] == []
    assert [note for note in fit([1.0] * 4 + [2.0], ("exponential",)).notes if "rank" in note] == []


def test_laws_that_are_fitted_to_judge_another_are_fitted_coarsely(monkeypatch: pytest.MonkeyPatch) -> None:
    """One fit to nine digits, then 199 to four, which take well under 3/4 of its steps each."""
    candidate, calls = CANDIDATES["exponential"], list[float]()

    def counted(times: Numbers, mean: float) -> Numbers:
        calls.append(times[0])
        return candidate.density(times, mean)

    monkeypatch.setitem(CANDIDATES, "exponential", replace(candidate, density=counted))
    times = drawn(LAWS["exponential"], 15)
    fit(times, ("exponential",))
    fine = calls.count(times[0])
    assert (len(calls) - fine) / 199 < 0.75 * fine


def test_a_law_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no law normal; name of exponential, lognormal, weibull, gamma"):
        fit([1.0, 2.0, 3.0, 4.0, 5.0], ("normal",))


def test_resampled_data_tell_how_unsure_the_input_is() -> None:
    """The mean of 100 exponential times has a standard error of a tenth, and so have laws fitted to resamples."""
    found = fit(drawn(LAWS["exponential"], 100), ("exponential",))
    means = [found.resampled(k).mean_hours for k in range(200)]
    spread = (sum((each - sum(means) / 200) ** 2 for each in means) / 199) ** 0.5
    assert spread / found.law.mean_hours == pytest.approx(0.1, abs=0.03)
    assert found.resampled(7) == found.resampled(7) != found.resampled(8)


def test_resampled_lives_that_had_not_ended_are_drawn_as_such() -> None:
    """Of 60 exponential lives those above 6 h had not ended: the mean has a standard error of mean / sqrt(ended)."""
    lives = drawn(Exponential(mean=11.2), 60)
    ended = [each for each in lives if each < 6.0]
    found = fit(ended, ("exponential",), censored=[6.0] * (60 - len(ended)))
    means = [found.resampled(k).mean_hours for k in range(200)]
    spread = (sum((each - sum(means) / 200) ** 2 for each in means) / 199) ** 0.5
    assert spread == pytest.approx(found.law.mean_hours / len(ended) ** 0.5, rel=0.25)


def test_resampled_lives_hold_two_that_ended_at_different_times() -> None:
    found = fit([1.0, 1.0, 1.0, 1.0, 2.0], ("weibull",), censored=[3.0] * 20)
    assert all(0.0 < found.resampled(k).mean_hours < 1e6 for k in range(20))


def test_shares_where_lives_had_not_ended_are_those_of_kaplan_and_meier() -> None:
    """Lives seen at 1, 2, 3, 5, 6 h: 8, 7, 5, 3, 1, so 7/8, 3/4, 3/5, 2/5 and none last longer; dots are half way."""
    found = fit([3.0, 1.0, 2.0, 6.0, 5.0], censored=[5.0, 2.5, 4.0])
    assert found.shares == pytest.approx([1 / 16, 3 / 16, 0.325, 0.5, 0.8])
    chart = fitted(found)
    assert list(chart.data[0].y) == found.shares
    law = found.ranked[0].law
    assert list(chart.data[2].x) == pytest.approx([law.quantile(each) for each in found.shares])
    assert chart.layout.title.text.startswith("5 measured times, 3 lives that had not ended")
    whole = fit([3.0, 1.0, 2.0, 6.0, 5.0])
    assert whole.shares == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])


def test_it_is_printed_and_drawn() -> None:
    found = fit(drawn(LAWS["weibull"], 60))
    assert str(found).splitlines()[0].startswith("60 times; taken: ")
    assert "<table" in found._repr_html_()
    chart = fitted(found)
    assert [trace.name for trace in chart.data if trace.showlegend is not False] == [
        "measured", *(each.name for each in found.ranked)
    ]  # fmt: skip
    assert set(CANDIDATES) == {each.name for each in found.ranked}
