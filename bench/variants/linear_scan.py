"""The waiting line as app_queue and OpenSIPS keep it: one list, walked from its head; re-typed, not copied.

Who comes is inserted by priority and everybody behind is renumbered; who leaves is looked for and everybody behind is renumbered; a
free agent is shown the callers one by one until there is one he can serve; a caller who comes walks over all agents.
"""

from __future__ import annotations

from collections.abc import Collection


class Entry:
    """A caller in the line."""

    __slots__ = ("bonus", "call", "pos", "skill")

    def __init__(self, call: int, skill: int, bonus: int) -> None:
        self.call, self.skill, self.bonus, self.pos = call, skill, bonus, 0


class LinearScan:
    """Callers and agents in lists."""

    def __init__(self, skills: list[Collection[int]]) -> None:
        self.skills = skills
        self.free = [False] * len(skills)
        self.line: list[Entry] = []

    def load(self, call: int, skill: int, bonus: int, key: int) -> None:
        """He waits from before; :meth:`begin` puts them in order."""
        self.line.append(Entry(call, skill, bonus))

    def begin(self) -> None:
        """All are loaded."""
        self.line.sort(key=lambda entry: -entry.bonus)
        self._renumber(0)

    def arrive(self, call: int, skill: int, bonus: int, key: int) -> int | None:
        """The agent who takes him, None when he waits."""
        for agent, free in enumerate(self.free):
            if free and skill in self.skills[agent]:
                self.free[agent] = False
                return agent
        line, at = self.line, 0
        for at, entry in enumerate(line):  # noqa: B007
            if entry.bonus < bonus:
                break
        else:
            at = len(line)
        line.insert(at, Entry(call, skill, bonus))
        self._renumber(at)
        return None

    def release(self, agent: int) -> int | None:
        """The caller the agent takes, None when he is idle now."""
        skills = self.skills[agent]
        for at, entry in enumerate(self.line):
            if entry.skill in skills:
                del self.line[at]
                self._renumber(at)
                return entry.call
        self.free[agent] = True
        return None

    def leave(self, call: int) -> None:
        """He gives up."""
        for at, entry in enumerate(self.line):
            if entry.call == call:
                del self.line[at]
                self._renumber(at)
                return

    def _renumber(self, start: int) -> None:
        for pos in range(start, len(self.line)):
            self.line[pos].pos = pos + 1
