"""CMPP 3.0's SUBMIT in construct, compiled: the codec's yardstick. Prints microseconds as JSON; the frame comes on standard input."""

from __future__ import annotations

import json
import sys
import timeit

import construct as c


def text(size: int) -> c.Construct:
    """An octet string without its filling."""
    return c.FixedSized(size, c.NullStripped(c.GreedyBytes))


SUBMIT = c.Struct(
    "Total_Length" / c.Int32ub, "Command_Id" / c.Int32ub, "Sequence_Id" / c.Int32ub, "Msg_Id" / c.Int64ub, "Pk_total" / c.Int8ub,
    "Pk_number" / c.Int8ub, "Registered_Delivery" / c.Int8ub, "Msg_level" / c.Int8ub, "Service_Id" / text(10), "Fee_UserType" / c.Int8ub,
    "Fee_terminal_Id" / text(32), "Fee_terminal_type" / c.Int8ub, "TP_pId" / c.Int8ub, "TP_udhi" / c.Int8ub, "Msg_Fmt" / c.Int8ub,
    "Msg_src" / text(6), "FeeType" / text(2), "FeeCode" / text(6), "ValId_Time" / text(17), "At_Time" / text(17), "Src_Id" / text(21),
    "DestUsr_tl" / c.Int8ub, "Dest_terminal_Id" / c.Array(c.this.DestUsr_tl, text(32)), "Dest_terminal_type" / c.Int8ub,
    "Msg_Length" / c.Int8ub, "Msg_Content" / c.Bytes(c.this.Msg_Length), "LinkID" / text(20),
)  # fmt: skip


def main() -> None:
    """Time both ways, after a look that they are right."""
    frame = bytes.fromhex(sys.stdin.read())
    codec = SUBMIT.compile()
    parsed = SUBMIT.parse(frame)
    assert SUBMIT.build(parsed) == frame
    times = {}
    for name, job in (("decode", lambda: codec.parse(frame)), ("encode", lambda: codec.build(parsed))):
        times[f"construct_{name}_us"] = round(min(timeit.repeat(job, number=3000, repeat=5)) / 3000 * 1e6, 3)
    print(json.dumps(times))


if __name__ == "__main__":
    main()
