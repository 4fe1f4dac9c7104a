"""A dispatch tick as mod_callcenter does it, re-typed: three tables without an index, the members by score, and for each of them the
agents joined with the tiers, ordered. SQLite in memory, as it ships.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection
from itertools import islice
from random import Random

TABLES = """
create table members (queue text, uuid text, joined_epoch integer, base_score integer, skill_score integer, state text, serving_agent text);
create table agents (name text, status text, state text, wrap_up_time integer, last_bridge_end integer, last_offered_call integer,
  ready_time integer, no_answer_count integer, talk_time integer, calls_answered integer);
create table tiers (queue text, agent text, state text, level integer, position integer);
"""
MEMBERS = """
select queue, uuid, joined_epoch, (? - joined_epoch) + base_score + skill_score as score, state, serving_agent from members
where state = 'Waiting' order by score desc
"""
AGENTS = """
select name, status, agents.state, wrap_up_time, last_bridge_end, tiers.state, tiers.level, tiers.position from agents
left join tiers on (agents.name = tiers.agent)
where tiers.queue = ? and agents.status = 'Available' and agents.state = 'Waiting' and tiers.state = 'Ready' and ready_time <= ?
order by level, position, last_offered_call
"""
NOW = 1_763_949_600


class SqlTick:
    """A centre in tables; a queue per skill, a tier per agent and skill."""

    def __init__(self, skills: list[Collection[int]], waiting: int, queues: int, seed: int) -> None:
        dice = Random(seed)
        self.base = sqlite3.connect(":memory:")
        self.base.executescript(TABLES)
        rows = [(f"q{dice.randrange(queues)}", f"m{n}", NOW - dice.randrange(600), 0, 0, "Waiting", "") for n in range(waiting)]
        self.base.executemany("insert into members values (?,?,?,?,?,?,?)", rows)
        agents = [(f"a{n}", "Available", "In a queue call", 0, 0, dice.randrange(NOW), 0, 0, 0, 0) for n in range(len(skills))]
        self.base.executemany("insert into agents values (?,?,?,?,?,?,?,?,?,?)", agents)
        tiers = [(f"q{skill}", f"a{n}", "Ready", 1, 1) for n, can in enumerate(skills) for skill in can]
        self.base.executemany("insert into tiers values (?,?,?,?,?)", tiers)
        self.waiting = waiting

    def tick_s(self, members: int) -> float:
        """Seconds a whole tick takes; measured over the first ``members`` of those who wait, the rest by proportion."""
        start = time.perf_counter()
        found = list(islice(self.base.execute(MEMBERS, (NOW,)), self.waiting))
        listed = time.perf_counter() - start
        start = time.perf_counter()
        for queue, *_ in found[:members]:
            self.base.execute(AGENTS, (queue, NOW)).fetchall()
        return listed + (time.perf_counter() - start) * self.waiting / members
