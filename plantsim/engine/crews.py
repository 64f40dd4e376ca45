"""Crews that may stand in for one another: one line for all who wait for them, and who is lent as a claim begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from plantsim.calendars import Timetable
from plantsim.crews import Able, assigned, parties
from plantsim.engine.desk import NEVER, Desk
from plantsim.plant import Pool
from plantsim.state import State, StintPlan, Uses

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.samples import Sample
    from plantsim.engine.station import Station
    from plantsim.engine.upkeep import Job

Found = tuple[Uses, tuple[str, ...]]  # who lends what; the words for which that is


class Party:
    """Pools that share skills, and the words for what they can do."""

    __slots__ = ("able", "crews", "desks", "reserved", "stations", "waiting", "words")

    def __init__(self, words: Sequence[str], able: Able) -> None:
        self.words = dict.fromkeys(words)
        self.able = {word: able[word] for word in words}
        self.desks: dict[str, Crew] = {}
        self.crews: list[Crew] = []  # of these, those that are pools
        self.waiting: list[Journey | Job | Sample] = []
        self.stations: dict[int, Station] = {}
        self.reserved: dict[str, None] = {}  # pools of which all that comes free is kept, while a line is served

    def lends(self, uses: Uses, now: int, fits: bool = False) -> list[tuple[str, float, int, str]] | None:
        """Which pool lends how many for each need, from now on; None: there are too few."""
        free = {crew.name: 0.0 if crew.name in self.reserved else crew.free(now) for crew in self.crews}
        stay = {crew.name: crew.closes(now) - now for crew in self.crews} if fits else {}

        def who(word: str, held: int) -> Sequence[str]:
            return [pool for pool in self.able[word] if stay.get(pool, NEVER) >= held]

        return assigned([use for use in uses if use[0] in self.words], who, free)

    def short(self, uses: Uses, now: int, fits: bool = False) -> list[str]:
        """The words of which too few can come; of those that only together ask too much, the one that is too many."""
        words = [word for word in dict.fromkeys(word for word, _, _ in uses) if word in self.words]
        alone = [word for word in words if self.lends(_of(uses, word), now, fits) is None]
        if alone or self.lends(uses, now, fits) is not None:
            return alone
        k = next(k for k in range(len(words)) if self.lends(_of(uses, *words[: k + 1]), now, fits) is None)
        return [words[k]]


def _of(uses: Uses, *words: str) -> Uses:
    return tuple([use for use in uses if use[0] in words])


class Crew(Desk):
    """A word for what people can do, and the pool of that name if there is one."""

    plain = False
    __slots__ = ("party", "table")

    def __init__(self, rank: int, name: str, party: Party, pool: Pool, timetable: Timetable | None, state: State):
        super().__init__(rank, name, pool, timetable, state)
        self.party, self.waiting, self.stations = party, party.waiting, party.stations
        party.desks[name] = self
        if name in party.able[name]:
            party.crews.append(self)

    def lends(self, uses: Uses, now: int, fits: bool = False) -> bool:
        """Whether so many can come, with all else that a claim needs of those who share their skills."""
        return self.name not in self.party.short(uses, now, fits)

    def next_change(self, now: int) -> int:
        """When [ms] some of those who share their skills come back, or their calendars change."""
        return min(Desk.next_change(crew, now) for crew in self.party.crews)

    def reserved(self, now: int) -> bool:
        """Whether what comes free is kept for a claim that has lost its patience."""
        return any(
            type(claim.desk) is Crew
            and self.name in self.party.able[claim.desk.name]
            and now - claim.key[1] >= claim.desk.patience
            for claim in self.waiting
        )


def crews_of(pools: dict[str, Pool], able: Able, tables: dict[str, Timetable], state: State) -> dict[str, Desk]:
    """The desk of each word that several pools can fill, or of a pool that can do more than its name says."""
    found: dict[str, Desk] = {}
    ranks = {name: rank for rank, name in enumerate(pools)}
    for words in parties(able):
        party, rank = Party(words, able), min(ranks[name] for name in words if name in ranks)
        for word in words:
            patience = min(pools[name].patience for name in able[word])
            pool = pools.get(word) or Pool(count=1, patience=patience)
            found[word] = Crew(rank, word, party, pool, tables.get(pool.calendar), state)
    return found


def serve_party(desk: Crew, floor: Floor, now: int) -> None:
    """Some come back, or somebody asks: by age; who has lost patience keeps all that could fill what he lacks.

    Once one of them begins, those who asked before may lack another of the party than they did.
    """
    from plantsim.engine.lending import look_at, set_knock

    party = desk.party
    while _one_begins(party, floor, now):
        party.reserved.clear()
    party.reserved.clear()
    look_at(party.stations, floor)
    if party.waiting:
        set_knock(desk, floor, now)


def _one_begins(party: Party, floor: Floor, now: int) -> bool:
    """Whether somebody begins of whom others had asked before; these wait for what they lack."""
    from plantsim.engine.lending import lacks, serve_or_pass

    waited = gone = False
    for claim in list(party.waiting):
        lacking = lacks(claim, floor, now)
        if isinstance(lacking, Crew) and lacking.party is party:
            waited = True
            claim.desk = lacking
            claim.let_wait(floor, lacking.name, now)
            if now - claim.key[1] >= lacking.patience:
                party.reserved.update(dict.fromkeys(party.able[lacking.name]))
            continue
        gone = gone or (waited and lacking is None)
        serve_or_pass(claim, party.waiting, lacking, floor, now)
    return gone


def lent_for(uses: Uses, floor: Floor, now: int, fits: bool = False) -> Found | None:
    """Who lends what a claim uses from now on, where it is not each pool what is called so."""
    found: list[tuple[str, float, int, str]] = []
    for party in floor.parties:
        found += party.lends(uses, now, fits) or []
    if all(pool == word for pool, _, _, word in found):
        return None
    rest = [(*use, use[0]) for use in uses if not any(use[0] in party.words for party in floor.parties)]
    whole = sorted(found + rest, key=lambda each: [use[0] for use in uses].index(each[3]))
    return tuple([each[:3] for each in whole]), tuple([each[3] for each in whole])


def crewed(way: Journey, slower: StintPlan | None, floor: Floor, now: int) -> Any:
    """What the row says of a stint that begins: (stint, words) if others than the pools of these names come."""
    b, step = way.b, way.doing
    running = b.phase == "run"
    own = b.plan[b.stint + 1 if running else b.stint]
    stint = slower or own
    worked = 0 if running else own[1] - b.left
    still = tuple([(pool, number, held - worked) for pool, number, held in stint[2] if held > worked])
    found = lent_for(still, floor, now, step is not None and step.pauses == "fits")
    if found is None:
        return slower
    over = [use for use in stint[2] if use[2] <= worked]
    uses = (*over, *((pool, number, held + worked) for pool, number, held in found[0]))
    return (*stint[:2], uses, *stint[3:]), (*(pool for pool, _, _ in over), *found[1])
