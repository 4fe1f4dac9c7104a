"""A floor to tell stories with: people and phones as verbs, a clock by hand, and the laws checked after every signal."""

from __future__ import annotations

from datetime import timedelta

from acd import image
from acd.model import signals as sig
from acd.model.commands import CancelTimer, Command, Ring, SetTimer, Timer
from acd.model.groups import GroupName
from acd.model.state import Call, FloorState, Seat
from acd.rules import Decided, apply, decide, pending_timers
from hotline.clock import HandClock
from hotline.events import CallOffered, Event
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo
from hotline.moment import elapsed_us
from hotline.routing import PLAIN_ROUTING, AgentRouting, RoutingSettings
from hotline.settings import SeatSettings

SETTINGS = SeatSettings(ring_s=15, wrap_up_target_s=25, wrap_up_cap_s=120, retry_phone_s=10)


class World:
    """One floor, its clock, everything that happened and everything that was ordered."""

    def __init__(self, settings: SeatSettings = SETTINGS, routing: RoutingSettings = PLAIN_ROUTING) -> None:
        self.clock = HandClock()
        self.floor = FloorState(settings, routing)
        self.events: list[Event] = []
        self.commands: list[Command] = []
        self.last = Decided((), ())
        self.timers: dict[Timer, SetTimer] = {}

    # -- telling -------------------------------------------------------------------------------------------------

    def take(self, signal: sig.AnySignal) -> Decided:
        """Settle ``signal`` and check what must hold after every one."""
        self.last = decide(self.floor, signal)
        self.events += self.last.events
        self.commands += self.last.commands
        for command in self.last.commands:
            if isinstance(command, SetTimer):
                self.timers[command.timer] = command
            elif isinstance(command, CancelTimer):
                self.timers.pop(command.timer, None)
        return self.last

    def replayed(self) -> FloorState:
        """The floor the events alone make."""
        floor = FloorState(self.floor.settings, self.floor.routing)
        for event in self.events:
            apply(floor, event)
        return floor

    def reread(self) -> FloorState:
        """The floor that comes back out of its own snapshot."""
        return image.decode(image.encode(self.floor), self.floor.settings, self.floor.routing)

    # -- people --------------------------------------------------------------------------------------------------

    def sign_in(self, seat: int, agent: str = "", endpoint: str = "") -> Decided:
        who, phone = AgentNo(agent or f"80{seat:02}"), endpoint or f"hl-{seat}"
        return self.take(sig.SignIn(SeatNo(seat), who, phone, at=self.clock.now()))

    def sign_out(self, seat: int) -> Decided:
        return self.take(sig.SignOut(SeatNo(seat), at=self.clock.now()))

    def available(self, seat: int) -> Decided:
        return self.take(sig.GoAvailable(SeatNo(seat), at=self.clock.now()))

    def on_break(self, seat: int, reason: str = "rest") -> Decided:
        return self.take(sig.GoOnBreak(SeatNo(seat), reason, at=self.clock.now()))

    def end_wrap_up(self, seat: int) -> Decided:
        return self.take(sig.EndWrapUp(SeatNo(seat), at=self.clock.now()))

    def seats_ready(self, *seats: int) -> None:
        """Sign in and available, one second apart, so that the first named is idle longest."""
        for seat in seats:
            self.sign_in(seat)
            self.available(seat)
            self.pass_s(1)

    def caller(self, name: str, queue: str = "main", waited_s: float = 0) -> Decided:
        call = CallId(name)
        wanted = self.clock.now().after(timedelta(seconds=-waited_s))
        return self.take(sig.CallerWaits(call, ChannelId(f"line-{name}"), QueueName(queue), wanted, at=self.clock.now()))

    def leaves(self, name: str, how: sig.LeftHow = "hung_up") -> Decided:
        return self.take(sig.CallerLeft(CallId(name), how, at=self.clock.now()))

    # -- phones --------------------------------------------------------------------------------------------------

    def rings(self, offer: OfferId) -> Decided:
        return self.take(sig.OfferRang(offer, at=self.clock.now()))

    def answers(self, offer: OfferId) -> Decided:
        return self.take(sig.OfferAnswered(offer, at=self.clock.now()))

    def refuses(self, offer: OfferId, cause: sig.RefusalCause) -> Decided:
        return self.take(sig.OfferRefused(offer, cause, at=self.clock.now()))

    def seat_hangs_up(self, offer: OfferId) -> Decided:
        return self.take(sig.SeatHungUp(offer, at=self.clock.now()))

    def holds(self, offer: OfferId, held: bool) -> Decided:
        return self.take(sig.HeldBySeat(offer, held, at=self.clock.now()))

    def phone(self, endpoint: str, reachable: bool) -> Decided:
        return self.take(sig.EndpointReachable(endpoint, reachable, at=self.clock.now()))

    def fails(self, command: Command, why: str = "timed_out") -> Decided:
        return self.take(sig.CommandFailed(command, why, at=self.clock.now()))

    def switch_gone(self) -> Decided:
        return self.take(sig.SwitchGone("cut", at=self.clock.now()))

    def switch_back(self, started: str = "run-1") -> Decided:
        return self.take(sig.SwitchBack("22.7", started, at=self.clock.now()))

    def pass_s(self, seconds: float) -> list[Event]:
        """Let time pass; timers run out on the way, each at its own moment. What happened meanwhile."""
        end, before = self.clock.now().after(timedelta(seconds=seconds)), len(self.events)
        while self.timers:
            first = min(self.timers.values(), key=lambda timer: timer.since.after(timer.after).mono)
            due = first.since.after(first.after)
            if due.mono > end.mono:
                break
            self.clock.advance(timedelta(microseconds=elapsed_us(self.clock.now(), due)))
            self.runs_out(first.timer)
        self.clock.advance(timedelta(microseconds=elapsed_us(self.clock.now(), end)))
        return self.events[before:]

    def runs_out(self, timer: Timer) -> Decided:
        self.timers.pop(timer, None)
        return self.take(sig.TimeUp(timer, at=self.clock.now()))

    # -- looking -------------------------------------------------------------------------------------------------

    def seat(self, number: int) -> Seat:
        return self.floor.seats[SeatNo(number)]

    def call(self, name: str) -> Call:
        return self.floor.calls[CallId(name)]

    def offer(self, name: str) -> OfferId:
        """The live offer of a call."""
        found = self.call(name).offer
        assert found is not None, f"{name} is {self.call(name).stage}"
        return found

    def happened(self) -> list[str]:
        """The names of what the last signal led to."""
        return [type(event).__name__ for event in self.last.events]

    def ordered(self) -> list[str]:
        """The names of what the last signal ordered, timers left out."""
        return [type(command).__name__ for command in self.last.commands if not isinstance(command, SetTimer | CancelTimer)]

    def talk(self, name: str) -> OfferId:
        """A caller comes, rings the seat idle longest, and is answered."""
        self.caller(name)
        offer = self.offer(name)
        self.answers(offer)
        return offer


def check_laws(world: World) -> None:
    """The laws at the head of acd/rules, on the floor as it is."""
    floor = world.floor
    check_pairs(floor)
    check_indexes(floor)
    assert floor.away or not side_by_side(floor), "a free seat and a waiting caller side by side"
    assert world.timers == {timer.timer: timer for timer in pending_timers(floor)}, "timers that don't belong to the floor"
    assert world.replayed() == floor, "the events alone make another floor"
    assert world.reread() == floor, "the snapshot makes another floor"


def is_free(floor: FloorState, seat: Seat) -> bool:
    return seat.presence == "available" and seat.activity == "idle" and floor.reachable(seat.endpoint)


def serves(floor: FloorState, seat: Seat, name: GroupName) -> int | None:
    """The rank of the group's queue for who sits there; None when he can't serve it: straight from the settings."""
    can = floor.routing.agents.get(seat.agent, AgentRouting())
    rank = can.queues.get(name.queue) if can.queues else 1
    lacking = any(can.skills.get(skill, 0) < level for skill, level in name.requires)
    return None if lacking or (name.only and name.only != seat.agent) else rank


def side_by_side(floor: FloorState) -> bool:
    """Whether a caller waits beside a free seat that could serve him."""
    waiting = [call for call in floor.calls.values() if call.stage == "waiting"]
    free = [seat for seat in floor.seats.values() if is_free(floor, seat)]
    return any(serves(floor, seat, call.group) is not None for call in waiting for seat in free)


def check_pairs(floor: FloorState) -> None:
    """A seat and a call hold each other or nobody, and under one offer."""
    held: set[SeatNo] = set()
    for call in floor.calls.values():
        if call.stage == "waiting":
            assert call.seat is None and call.offer is None
            continue
        assert call.stage == "ringing" or not call.also
        for offer, number in ((call.offer, call.seat), *call.also.items()):
            assert number is not None and number not in held
            held.add(number)
            seat = floor.seats[number]
            assert (seat.call, seat.offer, seat.activity) == (call.call, offer, call.stage)
    for seat in floor.seats.values():
        assert (seat.activity in ("ringing", "talking")) == (seat.seat in held)
        assert seat.activity == "idle" or seat.presence == "available"
        assert (seat.offer is not None) == (seat.activity != "idle")
        assert not (seat.planned and seat.activity == "idle")


def check_indexes(floor: FloorState) -> None:
    """What is derived says the same as the facts."""
    seated = [seat for seat in floor.seats.values() if seat.presence != "signed_out"]
    assert floor.agents == {seat.agent: seat.seat for seat in seated}
    assert floor.endpoints == {seat.endpoint: seat.seat for seat in seated}
    assert floor.offers == {offer: call.call for call in floor.calls.values() for offer in (call.offer, *call.also) if offer}
    for name, row in floor.standing.items():
        calls = [call for call in floor.calls.values() if call.queue == name]
        assert row.head(9999) == sorted(call.key for call in calls if call.stage != "talking")
    check_groups(floor)


def check_groups(floor: FloorState) -> None:
    """Every free seat and every waiting call is either fresh or in just the heaps it belongs to."""
    groups = floor.groups
    free = {seat.seat for seat in floor.seats.values() if is_free(floor, seat)}
    assert set(groups.entered) | set(groups.fresh_seats) == free and not set(groups.entered) & set(groups.fresh_seats)
    waiting = {call.call: call for call in floor.calls.values() if call.stage == "waiting"}
    assert set(groups.homes) == set(waiting)
    for group in groups:
        mine = [call for call in waiting.values() if call.group == group.name]
        assert group.waiting.head(9999) == sorted(call.key for call in mine if call.call not in groups.fresh_calls)
        serving = [
            number for number in groups.entered if not group.name.only and serves(floor, floor.seats[number], group.name) is not None
        ]
        assert sorted(key[-1] for key in group.idle.head(9999)) == sorted(serving)


def rung(world: World) -> list[SeatNo]:
    """The seats that were rung, in order."""
    return [command.seat for command in world.commands if isinstance(command, Ring)]


def offers(world: World) -> list[CallOffered]:
    return [event for event in world.events if isinstance(event, CallOffered)]
