"""How a centre routes its calls: ``[routing]`` of ``etc/hotline.toml``. With nothing stated, every agent serves every queue.

``[routing.queues.<name>]`` says what a queue asks and what happens when it is too much; ``[routing.agents.<number>]`` what an agent
can; ``[routing.priorities.<name>]`` what a priority is worth. Names that don't exist are refused at start.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from hotline.section import Section

Strategy = Literal["longest_idle", "fewest_calls", "least_talk", "round_robin", "linear", "ring_all"]
Level = Annotated[int, Meta(ge=1, le=9)]
NotNegative = Annotated[int, Meta(ge=0)]
When = Literal["length", "wait", "estimate", "closed", "nobody"]


class Overflow(Section, frozen=True, kw_only=True):
    """One way out of a queue; the first that applies is taken, and a call never comes to a queue twice."""

    when: Annotated[When, Meta(description="queue too long, waited too long, estimate too long, queue closed, nobody signed in")]
    over: Annotated[NotNegative, Meta(description="callers (length) or seconds (wait, estimate); it applies above this")] = 0
    to: Annotated[str, Meta(min_length=1, description="the queue that takes over")]


class QueueRouting(Section, frozen=True, kw_only=True):
    """What a queue asks for and how it is served."""

    strategy: Annotated[Strategy, Meta(description="which of the free seats that can serve it")] = "longest_idle"
    requires: Annotated[dict[str, Level], Meta(description="skill = level: only agents who have all of them")] = field(default_factory=dict)
    prefers: Annotated[dict[str, Level], Meta(description="skill = level: agents who have them come first")] = field(default_factory=dict)
    priority: Annotated[str, Meta(description="one of routing.priorities")] = "normal"
    longest_wait_s: Annotated[NotNegative, Meta(description="then the caller is sent back to the menu; 0: never")] = 0
    sticky_s: Annotated[NotNegative, Meta(description="wait so long for the agent who knows the caller; 0: only if he is free")] = 0
    ring_at_once: Annotated[int, Meta(ge=1, le=50, description="how many phones ring_all rings")] = 8
    overflow: Annotated[tuple[Overflow, ...], Meta(description="ways out, looked at in order")] = ()


class Priority(Section, frozen=True, kw_only=True):
    """What a priority is worth. Callers are compared by tier first, then by weight x (waited + head start)."""

    tier: Annotated[NotNegative, Meta(description="a lower tier is always served first, whoever waits")] = 0
    head_start_s: Annotated[NotNegative, Meta(description="counts as if he had waited so much longer")] = 0
    weight: Annotated[int, Meta(ge=1, le=100, description="ages so many times faster (accumulating priority)")] = 1


class AgentRouting(Section, frozen=True, kw_only=True):
    """What an agent can and serves."""

    skills: Annotated[dict[str, Level], Meta(description="skill = level")] = field(default_factory=dict)
    queues: Annotated[dict[str, Level], Meta(description="queue = rank, 1 is served first; empty: all, with rank 1")] = field(
        default_factory=dict
    )
    texts: Annotated[int, Meta(ge=0, le=20, description="text chats at a time; a voice call pauses them")] = 0


class RoutingSettings(Section, frozen=True, kw_only=True):
    """Queues, priorities and agents by name. What is not named behaves like an entry without fields."""

    queues: Annotated[dict[str, QueueRouting], Meta(description="queues by name")] = field(default_factory=dict)
    priorities: Annotated[dict[str, Priority], Meta(description="priorities by name")] = field(default_factory=dict)
    agents: Annotated[dict[str, AgentRouting], Meta(description="agents by number")] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, queue in self.queues.items():
            if queue.priority != "normal" and queue.priority not in self.priorities:
                raise ValueError(f"queues.{name}.priority: there is no priority {queue.priority!r} in routing.priorities")
            for way in queue.overflow:
                if way.to not in self.queues or way.to == name:
                    raise ValueError(f"queues.{name}.overflow: {way.to!r} is not another queue of routing.queues")
        for number, agent in self.agents.items():
            for queue_name in agent.queues:
                if queue_name not in self.queues:
                    raise ValueError(f"agents.{number}.queues: there is no queue {queue_name!r} in routing.queues")

    def queue(self, name: str) -> QueueRouting:
        """How ``name`` is served."""
        return self.queues.get(name, PLAIN_QUEUE)

    def priority(self, name: str) -> Priority:
        """What ``name`` is worth; one never heard of is worth nothing special."""
        return self.priorities.get(name, NORMAL)

    def agent(self, number: str) -> AgentRouting:
        """What the agent can."""
        return self.agents.get(number, PLAIN_AGENT)


PLAIN_QUEUE = QueueRouting()
NORMAL = Priority()
PLAIN_AGENT = AgentRouting()
PLAIN_ROUTING = RoutingSettings()
"""Every agent serves every queue, longest idle."""
