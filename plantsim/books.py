"""What a record says besides stays: uses of pools, jobs of units, lives of batches, flows of mass.

`reading` calls `Books` on the rows that it concerns, each after the state has been changed by it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from plantsim.partings import Partings
from plantsim.record import RowTuple
from plantsim.sheets import Sheet
from plantsim.state import State
from plantsim.state.tanks import pieces

Use = tuple[str, int, int, float]  # pool, from, until [ms], number


class Books(Partings):
    """Who uses which pool, what units do for themselves, which batches there are, and where mass goes."""

    def __init__(self, state: State, sheets: dict[str, Sheet], met: dict[str, None]) -> None:
        super().__init__(state, met)
        self.put = {kind: sheet.rows.append for kind, sheet in sheets.items()}
        self.jobs: dict[tuple[str, str], list[Any]] = {}
        self.lent: dict[str, list[Use]] = {}  # who -> what they use
        self.kept: dict[str, tuple[int, str, dict[str, float]]] = {}  # unit -> (since, batch, {pool: number})
        self.held: dict[str, tuple[int, tuple[tuple[str, float], ...]]] = {}  # unit -> what its clean keeps, since when
        self.within: dict[tuple[str, str], str] = {}  # (unit, batch) -> step, where batches come and go one by one
        self.tests: dict[str, None] = {}
        self.left: dict[str, None] = {}  # units that a part, or one of a load, has left since the grant
        self.outages: dict[str, tuple[int, str]] = {}  # utility that is not made -> (since, why)
        self.samples: dict[str, list[Any]] = {}  # [test, start, begun, sample, subject, step, material]
        self.enter: dict[str, Callable[[RowTuple], None]] = {
            "release": self._release, "grant": self._grant, "begin": self._begin, "leave": self._leave,
            "fill": self._fill, "empty": self._empty,
            "impair": self._impair,
            "charge": self._charge, "done": self._finish, "scrap": self._finish, "halt": self._halt,
            "close": self._halt, "open": self._halt, "fail": self._job,
            "clean": self._job, "maintain": self._job, "repaired": self._job_over, "cleaned": self._job_over,
            "maintained": self._job_over, "phase": self._phase, "unclean": self._job_over, "take": self._take,
            "give": self._give, "sample": self._sample, "accept": self._verdict, "reject": self._verdict,
            "rework": self._rework,
            "split": self._split, "join": self._join, "wait": self._meet, "store": self._meet,
        }  # fmt: skip
        self._take_up(state.time)

    def _take_up(self, now: int) -> None:
        """What the state says is already so when the record begins."""
        for b in self.state.batches.values():
            self._enter(b, b.released)
        self._take_up_parts()
        for name, b in self.state.batches.items():
            self.put["flows"]((now, "before", b.place or b.unit, name, b.step, b.product, b.amount))
        for name, u in self.state.units.items():
            self.steps[name] = self.state.batches[u.batch].step if u.batch else ""
            for batch in (u.batch, *u.riders) if u.apart and u.batch else ():
                self.within[name, batch] = self.state.batches[batch].step
            if u.kept:
                self.kept[name] = (now, u.batch, dict(u.kept))
            for job, each in u.jobs.items():
                begun = each.since if each.running else None
                self.jobs[name, job] = [name, each.since, begun, each.kind, each.cause or job, each.why or each.cause]
                if each.held:
                    self.held[name] = (now, each.keeps)
        for name in self.state.makers:
            self._stop(name, now)
        for key, sample in self.state.samples.items():
            self.tests[sample.test] = None
            begun = sample.since if sample.running else None
            tested = self.state.batches.get(sample.subject)
            step = tested.step if tested else ""
            self.samples[key] = [
                sample.test,
                sample.since,
                begun,
                key,
                sample.subject,
                step,
                sample.material,
                _said(sample.found),
            ]
        for pool, uses in self.state.pools.items():
            for until, number, who in uses:
                if until > now:
                    self.lent.setdefault(who, []).append((pool, now, until, number))
        self.lent = {who: pieces(uses) for who, uses in self.lent.items()}

    # ---- batches and mass

    def _release(self, row: RowTuple) -> None:
        self._enter(self.state.batches[row[3]], row[0])
        self._flow("in", row, row[6], "", row[4])

    def _leave(self, row: RowTuple) -> None:
        place, life = row[2], self.lives[row[3]]
        if place not in self.state.units:
            if row[6] != life[5]:  # what stays behind on its way out of a buffer
                self._flow("loss", row, life[5] - row[6], place, row[4])
                life[5] = row[6]
            return
        own = self.within.pop((place, row[3]), None) if self.within else None
        step = self.steps[place] if own is None else own
        flow = "through" if own is not None or place not in self.left else "more through"  # others of the same run
        self.left[place] = None
        self._flow(flow, row, self.stood.pop((place, row[3]), row[6]) if self.stood else row[6], place, step)
        added, given = self.added.pop((place, row[3]), 0.0), self.given.pop((place, row[3]), 0.0)
        if row[6] != life[5] or added or given:
            self._change(row, place, step, added, given, life[5] + added - given - row[6])
        life[5:7] = row[6], place
        if place in self.kept and not self.state.units[place].batch:
            self._put_kept(place, row[0])
            del self.kept[place]

    def _charge(self, row: RowTuple) -> None:
        """A model has made more or less of it, such as by driving off water, or it was mixed with what was taken."""
        life, added = self.lives[row[3]], self.added.pop((row[2], row[3]), 0.0)
        gained = row[6] - life[5]
        if gained or added:  # what a model adds beyond what was taken has come in, too
            self._change(row, row[2], row[4], max(added, gained), 0.0, max(added - gained, 0.0))
            life[5] = row[6]

    def _change(self, row: RowTuple, place: str, step: str, added: float, given: float, loss: float) -> None:
        """What a step did to the mass of a batch."""
        for flow, amount in (("added", added), ("given", given), ("loss", loss)):
            if amount:
                self._flow(flow, row, amount, place, step)

    def _rework(self, row: RowTuple) -> None:
        self._drop_samples(row[0])

    def _drop_samples(self, now: int) -> None:
        """Of tests that nobody waits for any more."""
        gone = [key for key in self.samples if key not in self.state.samples]
        for key in gone:
            self._put_sample(key, now, "dropped")
        for key, each in self.state.samples.items() if gone else ():
            if each.running and each.uses and key not in self.lent:  # it was tested with one of those
                left = [(pool, each.since + ms - now, number) for pool, number, ms in each.uses]
                self._lend(key, now, [use for use in left if use[1] > 0])

    def _take(self, row: RowTuple) -> None:
        self.added[row[2], row[3]] = self.added.get((row[2], row[3]), 0.0) + row[6]

    def _give(self, row: RowTuple) -> None:
        self.given[row[2], row[3]] = self.given.get((row[2], row[3]), 0.0) + row[6]

    def _finish(self, row: RowTuple) -> None:
        name, life = row[3], self.lives.pop(row[3])
        if life[7] != name:
            self._finish_part(row, life)
            return
        flow, fate = ("out", "done") if row[1] == "done" else ("scrap", "scrapped")
        self._flow(flow, row, row[6], life[6], row[4])
        self._put_life(name, life, row[0], fate, row[6])
        self._return(name, row[0], ())  # a pipe that it went through may still be flushed
        self._drop_samples(row[0])

    # ---- pools

    def _grant(self, row: RowTuple) -> None:
        for unit in (row[2], *(row[8][2] if len(row[8]) > 2 else ())):
            self.steps[unit] = row[4]
            self.left.pop(unit, None)
        if len(row[8]) > 3:
            self.within[row[2], row[3]] = row[4]
        self.lives[row[3]][9] = row[2]
        if row[8][1]:
            self.kept[row[2]] = (row[0], row[3], dict(row[8][1]))

    def _fill(self, row: RowTuple) -> None:
        self.steps[row[2]] = row[4]
        self.put["trips"]((row[0], row[2], row[2], self.state.batches[row[3]].unit))

    def _empty(self, row: RowTuple) -> None:
        b = self.state.batches[row[3]]
        self.put["trips"]((row[0], row[2], b.unit or b.place, row[2]))
        self._flow("through", row, row[6], row[2], row[4])

    def _put_kept(self, unit: str, now: int) -> None:
        since, batch, kept = self.kept[unit]
        for pool, number in kept.items():
            if now > since:
                self.put["pools"]((pool, since, now, number, batch))

    def _begin(self, row: RowTuple) -> None:
        if not row[3]:
            if row[2]:
                self._begin_job(row)
            else:
                key, *more = (row[8],) if isinstance(row[8], str) else row[8]
                for name in (key, *(more[1] if len(more) > 1 else ())):
                    if self.samples[name][2] is None:
                        self.samples[name][2] = row[0]
                self._lend(key, row[0], [(pool, ms, number) for pool, number, ms in self.state.samples[key].uses])
            return
        b = self.state.batches[row[3]]
        stint = b.plan[b.stint]
        if stint[2]:
            worked = stint[1] - b.left
            uses = [(pool, held - worked, number) for pool, number, held in stint[2] if held > worked]
            self._lend(b.name, row[0], uses)

    def _impair(self, row: RowTuple) -> None:
        """What a stint uses comes back at another time."""
        if row[3] in self.lent and self.state.batches[row[3]].phase == "run":
            self._return(row[3], row[0], self._used(row[3]))
            self._begin(row)

    def _lend(self, who: str, now: int, uses: Iterable[tuple[str, int, float]]) -> None:
        if who in self.lent:
            self._return(who, now, ())
        lent = self.lent.setdefault(who, [])
        lent += pieces([(pool, now, now + ms, number) for pool, ms, number in uses])

    def _return(self, who: str, now: int, pools: Collection[str] | None = None) -> None:
        """What came back until now, and all else of these pools, is no longer in use; None: of all pools."""
        rest = []
        for use in self.lent.pop(who, ()):
            pool, since, until, number = use
            if until > now and pools is not None and pool not in pools:
                rest.append(use)
            elif min(until, now) > since:
                self.put["pools"]((pool, since, min(until, now), number, who))
        if rest:
            self.lent[who] = rest

    def _halt(self, row: RowTuple) -> None:
        if row[1] == "halt" and isinstance(row[8], tuple) and not row[3]:  # a repair, or a maintenance
            self._return(row[2], row[0], self._given_back(row[2], row[0]))
        elif row[2] in self.state.makers:
            self._stop(row[2], row[0])
        elif row[3]:
            self._return(row[3], row[0], self._given_back(row[3], row[0]))
        elif row[1] == "halt":
            self._return(row[2], row[0])
            self._hold(row[2], row[0])
            if row[8]:  # what follows is another clean
                name, why = (row[2], "clean"), self.state.units[row[2]].jobs["clean"].why
                self._put_job(self.jobs[name], row[0], 0)
                self.jobs[name] = [row[2], row[0], None, "clean", self.jobs[name][4], why]

    def _given_back(self, who: str, now: int) -> list[str]:
        """The pools of which nothing is lent to somebody any more; a pipe may still be flushed."""
        pools = dict.fromkeys(pool for pool, _, _, _ in self.lent.get(who, ()))
        return [pool for pool in pools if all(use[2] != who or use[0] <= now for use in self.state.pools[pool])]

    def _used(self, batch: str) -> list[str]:
        """The pools that the stint of a batch uses; a pipe of the one before may still be flushed."""
        b = self.state.batches[batch]
        return [pool for pool, _, _ in b.plan[b.stint][2]] if b.plan else []

    def _phase(self, row: RowTuple) -> None:
        self._return(row[2], row[0], ())
        self._hold(row[2], row[0])

    def _hold(self, unit: str, now: int) -> None:
        """What the clean of a unit keeps from now on, or keeps no more."""
        job = self.state.units[unit].jobs.get("clean")
        if job is not None and job.held:
            self.held.setdefault(unit, (now, job.keeps))
        elif unit in self.held:
            self._put_held(unit, now)
            del self.held[unit]

    def _put_held(self, unit: str, now: int) -> None:
        since, keeps = self.held[unit]
        for pool, number in keeps:
            if now > since:
                self.put["pools"]((pool, since, now, number, unit))

    # ---- tests

    def _sample(self, row: RowTuple) -> None:
        key, subject, _, uses, material, _, found, *shared = row[8]
        begun = None if uses or shared else row[0]
        self.tests[row[7]] = None
        self.samples[key] = [row[7], row[0], begun, key, subject, row[4], material, _said(found)]

    def _verdict(self, row: RowTuple) -> None:
        self._put_sample(row[8][0], row[0], row[1])

    def _put_sample(self, key: str, now: int, verdict: str) -> None:
        test, start, begun, *rest = self.samples.pop(key)
        self.put["samples"]((test, start, now if begun is None else begun, now, *rest, verdict))
        if key in self.lent:
            self._return(key, now)

    # ---- jobs

    def _job(self, row: RowTuple) -> None:
        time, kind, unit, _, _, _, _, cause, _ = row
        self._halt(row)
        if unit in self.state.makers:
            return
        name, why = cause, ""
        if kind == "clean":
            name, why = "clean", self.state.units[unit].jobs["clean"].why or cause
            if (unit, name) in self.jobs:  # one that waits becomes another
                time = self.jobs[unit, name][1]
        begun = time if self.state.units[unit].jobs[name].running else None
        self.jobs[unit, name] = [unit, time, begun, kind, cause, why]

    def _begin_job(self, row: RowTuple) -> None:
        time, unit, name = row[0], row[2], row[8] if isinstance(row[8], str) else row[8][0]
        job = self.state.tended(unit).jobs[name]
        if unit in self.state.units:
            if self.jobs[unit, name][2] is None:
                self.jobs[unit, name][2] = time
            self._hold(unit, time)
        self._lend(unit, time, [(pool, job.left - job.after, number) for pool, number in job.uses])

    def _job_over(self, row: RowTuple) -> None:
        if row[2] in self.state.makers:
            self._stop(row[2], row[0])
            self._return(row[2], row[0], ())
            return
        name = "clean" if row[1] in ("cleaned", "unclean") else row[7]
        self._put_job(self.jobs.pop((row[2], name)), row[0], 1)
        self._return(row[2], row[0], ())
        self._hold(row[2], row[0])

    def _stop(self, name: str, now: int) -> None:
        """From here on a utility is not made, for another reason than before, or is made again."""
        maker = self.state.makers[name]
        why = next(iter(maker.jobs), "closed" if maker.closed else "")
        since, was = self.outages.pop(name, (now, ""))
        if was and was != why and since < now:
            self.put["outages"]((name, since, now, was))
        if why:
            self.outages[name] = (since if was == why else now, why)

    def _put_job(self, job: list[Any], end: int, over: int) -> None:
        unit, start, begun, kind, cause, why = job
        begun = end if begun is None else begun
        self.put["jobs"]((unit, start, begun, end, kind, cause, over))
        if kind == "clean":
            self.put["cleans"]((unit, start, begun, end, cause, why, over))

    def close(self, until: int) -> None:
        """The record ends."""
        for name, life in self.lives.items():
            if life[7] == name:
                self._put_life(name, life, until, "in plant", life[5])
            else:
                self.put["parts"]((name, life[0], until, life[7], life[8], life[4], life[5], "in plant"))
        for unit in self.kept:
            self._put_kept(unit, until)
        for key in list(self.samples):
            self._put_sample(key, until, "")
        for who in list(self.lent):
            self._return(who, until)
        for unit in self.held:
            self._put_held(unit, until)
        for job in self.jobs.values():
            self._put_job(job, until, 0)
        for name, (since, why) in self.outages.items():
            if since < until:
                self.put["outages"]((name, since, until, why))


def _said(found: Iterable[tuple[str, float]]) -> str:
    """What a test has found, in words."""
    return ", ".join(f"{word} {number:.6g}" for word, number in found)
