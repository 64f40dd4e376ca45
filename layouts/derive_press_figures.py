"""Derive tablet-press figures for a layout from the data of Zagar & Mihelic, Scientific Data 9:99 (2022).

DATA_FOLDER holds Process.csv, Normalization.csv and 10-second logs Process_<product code>.csv[.gz].
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

SIZES = (960_000, 1_200_000, 2_400_000)
TABLETS_PER_HOUR = 120_000
RECORD_HOURS = 10 / 3600  # one log record stands for 10 s
TRIAL = pd.Timedelta(minutes=3)  # a shorter run without a good tablet belongs to the stop around it
PAUSE_HOURS = 12  # a longer stop that touches a weekend is a pause
TROUBLED = 2.0  # stops per running hour above which a batch counts as troubled
POINTS = (10, 50, 90, 95, 99)


@dataclass(frozen=True)
class Batch:
    """One batch as its log shows it."""

    size: int
    setup: float  # h, first record to first good tablet
    run: float  # h
    stops: np.ndarray  # min, without weekend pauses
    clock: np.ndarray  # running h at which each stop begins


def find_logs(folder: Path) -> list[Path]:
    """List the raw logs, or leave with one sentence that names what is missing."""
    missing = [name for name in ("Process.csv", "Normalization.csv") if not (folder / name).is_file()]
    logs = [path for path in folder.glob("Process_*") if path.name.endswith((".csv", ".csv.gz"))]
    missing += [] if logs else ["any Process_<product code>.csv or .csv.gz"]
    if missing:
        raise SystemExit(f"The folder {folder} lacks {', '.join(missing)}.")
    return sorted(logs)


def read_features(folder: Path, norm: pd.DataFrame) -> pd.DataFrame:
    """Read Process.csv in tablets and hours (start-up waste is published in tablets, the rest is not)."""
    features = pd.read_csv(folder / "Process.csv", sep=";").set_index("batch")
    features["size"] = features["code"].map(norm["Batch Size (tablets)"])
    factor = features["code"].map(norm["Normalisation factor"])
    features["still"] = features["tbl_speed_0_duration"] * factor * RECORD_HOURS
    features["waste"] = features["total_waste"] * factor
    return features


def read_stretches(log: pd.DataFrame) -> pd.DataFrame:
    """Cut a log from first to last good tablet into running and stopped stretches."""
    good = log[(log["produced"] > 0).cummax() & (log["tbl_speed"] > 0)[::-1].cummax()[::-1]]
    running = good["tbl_speed"] > 0
    cut = good.groupby((running != running.shift()).cumsum())
    table = cut.agg(start=("timestamp", "first"), speed=("tbl_speed", "max"), made=("produced", "max"))
    table["end"] = table["start"].shift(-1).fillna(good["timestamp"].iloc[-1])
    trial = (table["made"].diff() <= 0) & (table["end"] - table["start"] < TRIAL)
    table["running"] = (table["speed"] > 0) & ~trial
    table = table[table["running"][::-1].cummax()[::-1]]
    joined = table.groupby((table["running"] != table["running"].shift()).cumsum())
    return joined.agg(start=("start", "first"), end=("end", "last"), running=("running", "first"))


def read_batch(log: pd.DataFrame, size: int) -> Batch:
    """Read set-up, running hours and stops from the log of one batch."""
    table = read_stretches(log)
    first, last = table["start"].dt.day_of_week, table["end"].dt.day_of_week
    weekend = (first >= 5) | (last >= 5) | (last < first)
    hours = (table["end"] - table["start"]).dt.total_seconds() / 3600
    stopped = ~table["running"] & ~(weekend & (hours > PAUSE_HOURS))
    clock = (hours * table["running"]).cumsum()
    setup = (table["start"].iloc[0] - log["timestamp"].iloc[0]).total_seconds() / 3600
    return Batch(size, setup, clock.iloc[-1], 60 * hours[stopped].to_numpy(), clock[stopped].to_numpy())


def describe_frequency(batches: list[Batch]) -> str:
    """Describe how often the press stops, and how far that is from an exponential running time."""
    counts, hours = np.array([len(b.stops) for b in batches]), np.array([b.run for b in batches])
    rates, mean = counts / hours, counts.sum() / hours.sum()
    dispersion = ((counts - mean * hours) ** 2 / (mean * hours)).sum() / (len(batches) - 1)
    clocks = [begin + b.clock for begin, b in zip(np.cumsum(hours) - hours, batches, strict=True)]
    gaps = np.diff(np.concatenate(clocks), prepend=0)
    shape = stats.weibull_min.fit(gaps, floc=0)[0]
    return f"""\
  stops per running h  mean {mean:.2f} = one per {1 / mean:.2f} h; cv over batches \
{rates.std(ddof=1) / rates.mean():.1f}
  1 if exponential     dispersion of counts {dispersion:.1f}; running h between stops: \
cv {gaps.std() / gaps.mean():.1f}, Weibull shape {shape:.2f}"""


def describe_lengths(batches: list[Batch]) -> str:
    """Describe how long stops and set-ups last, the stops with the most likely lognormal."""
    stops, setups = np.concatenate([b.stops for b in batches]), [b.setup for b in batches]
    mu, sigma = np.log(stops).mean(), np.log(stops).std()
    fitted = np.exp(mu + sigma * stats.norm.ppf(np.array(POINTS) / 100))
    return f"""\
  stop length [min]    lognormal mean {np.exp(mu + sigma**2 / 2):.1f}, cv {np.sqrt(np.expm1(sigma**2)):.1f}; \
sample mean {stops.mean():.1f}; over 10 min: {(stops > 10).mean():.0%} of stops, \
{stops[stops > 10].sum() / stops.sum():.0%} of stop time
  percentiles {POINTS}  seen {np.percentile(stops, POINTS).round(1)}, fitted {fitted.round(1)}
  set-up [h]           median {np.median(setups):.2f}, p90 {np.percentile(setups, 90):.2f}"""


def describe_features(rows: pd.DataFrame, size: int) -> str:
    """Describe the Process.csv rows of one batch size, the standstill without weekend batches."""
    still = rows.loc[rows["weekend"] == "no", "still"]
    startup, total = rows["startup_waste"], 100 * rows["waste"] / size
    return (
        f"{size:>9,} {len(rows):>7} {rows['tbl_speed_mean'].median():>10.0f}"
        f" {still.mean():>7.2f} {still.median():>5.2f} {still.quantile(0.9):>5.2f}"
        f" {startup.mean():>7.0f} {startup.median():>6.0f} {100 * startup.mean() / size:>5.2f}%"
        f" {total.mean():>6.2f} {total.median():>5.2f} {total.quantile(0.9):>5.2f}"
    )


def report(batches: list[Batch], features: pd.DataFrame) -> None:
    """Print the figures from the logs for each batch size, then those from Process.csv."""
    groups = {f"{size:,} tablets": [b for b in batches if b.size == size] for size in SIZES}
    groups["all sizes"] = batches
    groups["all sizes, without troubled batches"] = [b for b in batches if len(b.stops) <= TROUBLED * b.run]
    for name, group in groups.items():
        hours = f", {group[0].size / TABLETS_PER_HOUR:.0f} h nominal run" if name.endswith("tablets") and group else ""
        print(f"{name}: {len(group)} batches with a log{hours}")
        if group:
            print(describe_frequency(group), describe_lengths(group), sep="\n")
    print("\nProcess.csv                        zero speed [h]      start-up waste [tablets]  total waste [%]")
    print("tablets   batches median k/h    mean   med   p90    mean    med  mean     mean   med   p90")
    for size in sorted({*SIZES, *features["size"]}):
        print(describe_features(features[features["size"] == size], size))


def main() -> None:
    """Read the folder and print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DATA_FOLDER")
    folder = parser.parse_args().folder
    logs = find_logs(folder)
    norm = pd.read_csv(folder / "Normalization.csv", sep=";").set_index("Product code")
    raw = pd.concat([pd.read_csv(path, sep=";", parse_dates=["timestamp"]) for path in logs])
    sizes = norm["Batch Size (tablets)"].to_dict()
    batches = [read_batch(log, sizes[log["code"].iloc[0]]) for _, log in raw.groupby("batch")]
    report(batches, read_features(folder, norm))


if __name__ == "__main__":
    main()
