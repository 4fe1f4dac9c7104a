"""Who can serve whom: callers alike stand in one group, agents who can the same share one profile.

A group is a queue with what its callers need and how they age; within it the order never changes with time, so a heap's head is
its next. A free seat looks at the heads of the groups it serves, a caller at the head of the seats that are free for his group:
neither ever looks at the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from acd.model.heaps import LazyHeap
from hotline.events import Needs
from hotline.ids import AgentNo, CallId, QueueName, SeatNo, WorkId
from hotline.routing import AgentRouting, RoutingSettings, Strategy

ANY_RANK = 1


class GroupName(NamedTuple):
    """What callers of a group have in common. ``only``: they wait for this agent and no other."""

    queue: QueueName
    requires: Needs
    prefers: Needs
    weight: int
    only: AgentNo


class Group:
    """Callers alike who wait, and the free seats that can serve them."""

    __slots__ = ("idle", "name", "ring_at_once", "staff", "strategy", "waiting", "weight")

    def __init__(self, name: GroupName, strategy: Strategy, ring_at_once: int) -> None:
        self.name = name
        self.weight = name.weight
        self.staff = 0
        """Agents at work who can serve it, whoever else they serve."""
        self.strategy = strategy
        self.ring_at_once = ring_at_once
        self.waiting = LazyHeap()
        self.idle = LazyHeap()


class Profile:
    """What an agent can, and the groups he serves so far, each with the rank its queue has for him."""

    __slots__ = ("at_work", "groups", "ranks", "skills", "texts")

    def __init__(self, can: AgentRouting) -> None:
        self.skills = can.skills
        self.ranks = can.queues
        self.texts = can.texts
        self.at_work = 0
        """How many of these agents take calls."""
        self.groups: list[tuple[int, Group]] = []

    def rank(self, name: GroupName) -> int | None:
        """The rank of the group's queue for this agent; None when he can't serve it."""
        rank = self.ranks.get(name.queue) if self.ranks else ANY_RANK
        if rank is None or any(self.skills.get(skill, 0) < level for skill, level in name.requires):
            return None
        return rank

    def lacks(self, name: GroupName) -> int:
        """How many levels of what the callers would prefer are missing."""
        return sum(max(0, level - self.skills.get(skill, 0)) for skill, level in name.prefers)


class Groups:
    """All groups and profiles of a floor. Derived: rebuilt from its facts."""

    def __init__(self, routing: RoutingSettings) -> None:
        self.routing = routing
        self.busy = any(agent.texts for agent in routing.agents.values())
        """Whether there are text chats at all."""
        queues = routing.queues.items()
        self.timed = {name for name, asked in queues if asked.longest_wait_s or any(way.when == "wait" for way in asked.overflow)}
        """Queues whose callers have timers."""
        self.leaky = {name for name, asked in queues if asked.overflow}
        """Queues with a way out."""
        self.weighted = False
        """Whether any group ages faster than another."""
        self.homes: dict[str, Group] = {}
        """The group of each call (or text chat) that waits."""
        self.fresh_calls: dict[CallId, None] = {}
        self.fresh_works: dict[WorkId, None] = {}
        self.fresh_seats: dict[SeatNo, None] = {}
        """Those that began to wait, or became free, and were not looked at yet; they are in no heap."""
        self.entered: dict[SeatNo, Profile] = {}
        """Free seats that were looked at: in the heaps of all groups of their profile."""
        self.reserved: dict[AgentNo, list[Group]] = {}
        """The groups of those who wait for one agent."""
        self.at_work: dict[SeatNo, Profile] = {}
        """Seats that take calls now or after the one they have."""
        self._groups: dict[GroupName, Group] = {}
        self._profiles: dict[AgentNo, Profile] = {}
        self._alike: dict[object, Profile] = {}
        self._plain = Profile(AgentRouting())

    def profile(self, agent: AgentNo) -> Profile:
        """What ``agent`` can."""
        if agent not in self.routing.agents:
            return self._plain
        found = self._profiles.get(agent)
        if found is None:
            can = self.routing.agents[agent]
            alike = (tuple(sorted(can.skills.items())), tuple(sorted(can.queues.items())), can.texts)
            found = self._alike.get(alike)
            if found is None:
                found = self._alike[alike] = Profile(can)
                for group in self._groups.values():
                    _meet(found, group)
            self._profiles[agent] = found
        return found

    def group(self, name: GroupName) -> tuple[Group, bool]:
        """The group called so, and whether it is new: then the caller enters the free seats (they are in :attr:`entered`)."""
        found = self._groups.get(name)
        if found is not None:
            return found, False
        queue = self.routing.queue(name.queue)
        found = self._groups[name] = Group(name, queue.strategy, queue.ring_at_once)
        self.weighted = self.weighted or name.weight != 1
        if name.only:
            self.reserved.setdefault(name.only, []).append(found)
        else:
            for profile in (self._plain, *self._alike.values()):
                _meet(profile, found)
        return found, True

    def works(self, seat: SeatNo, agent: AgentNo | None) -> None:
        """``agent`` takes calls at the seat, or (None) nobody does."""
        old = self.at_work.pop(seat, None)
        if old is not None:
            self._count(old, -1)
        if agent is not None:
            profile = self.at_work[seat] = self.profile(agent)
            self._count(profile, 1)

    def _count(self, profile: Profile, one: int) -> None:
        profile.at_work += one
        for _, group in profile.groups:
            group.staff += one

    def staff(self, name: GroupName) -> int:
        """How many at work can serve the group, whoever else they serve; for one agent's callers: 1."""
        if name.only:
            return 1
        found = self._groups.get(name)
        if found is not None:
            return found.staff
        return sum(profile.at_work for profile in (self._plain, *self._alike.values()) if profile.rank(name) is not None)

    def has_free(self, name: GroupName) -> bool:
        """Whether a seat is free for the group (one that was looked at)."""
        found = self._groups.get(name)
        return bool(found is not None and found.idle)

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups.values())

    @property
    def free(self) -> int:
        """How many seats are free."""
        return len(self.entered) + len(self.fresh_seats)


def _meet(profile: Profile, group: Group) -> None:
    rank = None if group.name.only else profile.rank(group.name)
    if rank is not None:
        profile.groups.append((rank, group))
        group.staff += profile.at_work
