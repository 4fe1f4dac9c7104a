"""What terminals may ask of the line worker, answered as plain objects."""

from __future__ import annotations

from typing import Any

from hotline.ids import AgentNo, SeatNo
from hotline.masking import mask_phone
from hotline.moment import Moment, elapsed_us
from server.features import do_as_agent, do_at_seat
from server.house import House


class Views:
    """Answers the control socket."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """``{"ok": ...}``. Raises HotlineError, KeyError, ValueError for what can't be done."""
        match request["do"]:
            case "seat":
                return await self._written(self._at_seat(request))
            case "agent":
                return await self._written(self._as_agent(request))
            case "seats":
                return {"ok": self.seats()}
            case "calls":
                return {"ok": self.calls()}
            case "health":
                return {"ok": self.health()}
            case other:
                raise ValueError(f"there is no {other!r}")

    async def _written(self, said: str) -> dict[str, Any]:
        """Say it when it is on the disk: what somebody was told must outlive us."""
        await self._house.journal.flushed()
        return {"ok": said}

    def _at_seat(self, request: dict[str, Any]) -> str:
        return do_at_seat(self._house, SeatNo(int(request["seat"])), request["action"], request.get("argument", ""), self._now())

    def _as_agent(self, request: dict[str, Any]) -> str:
        return do_as_agent(self._house, AgentNo(request["agent"]), request["action"], request.get("argument", ""), self._now())

    def seats(self) -> list[dict[str, Any]]:
        """Every seat of the settings, whether somebody sits there or not."""
        view = self._house.floor.view()
        there = {seat.seat: seat for seat in view.seats}
        rows = []
        for number in range(1, self._house.settings.seats.count + 1):
            seat = there.get(SeatNo(number))
            if seat is None:
                rows.append(_row(number, "", "signed_out", "", "idle", None, None))
            else:
                since = seat.since if seat.activity != "idle" else seat.presence_since
                rows.append(_row(number, seat.agent, seat.presence, seat.reason, seat.activity, seat.call, self._seconds(since)))
        return rows

    def calls(self) -> list[dict[str, Any]]:
        """Every call that is on, with its caller's number masked."""
        view = self._house.floor.view()
        seats = {seat.call: seat for seat in view.seats if seat.call is not None and seat.activity in ("ringing", "talking")}
        waiting = {caller.call for caller in view.waiting}
        rows = []
        for live in self._house.calls:
            seat = seats.get(live.call)
            rows.append({
                "call": live.call,
                "caller": mask_phone(live.arrival.ani) if live.arrival.ani else "",
                "stage": seat.activity if seat else "waiting" if live.call in waiting else "menu",
                "node": way.node if (way := self._house.progress.get(live.call)) else "",
                "seconds": self._seconds(live.arrival.at),
                "seat": seat.seat if seat else None,
            })  # fmt: skip
        return rows

    def health(self) -> dict[str, Any]:
        """The journal and the calls in figures."""
        journal = self._house.journal
        return {
            "journal": {"healthy": journal.healthy, "spooled": journal.spooled, "last": journal.last_seq},
            "calls": len(self._house.calls),
            "hears_asterisk": self._house.hears_asterisk,
        }

    def _now(self) -> Moment:
        return self._house.clock.now()

    def _seconds(self, since: Moment) -> int:
        return elapsed_us(since, self._now()) // 1_000_000


def _row(seat: int, agent: str, presence: str, reason: str, activity: str, call: str | None, seconds: int | None) -> dict[str, Any]:
    return {
        "seat": seat, "agent": agent, "presence": presence, "reason": reason, "activity": activity, "call": call, "seconds": seconds,
    }  # fmt: skip
