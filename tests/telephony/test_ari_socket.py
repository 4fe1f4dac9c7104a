"""Our own framing of text frames says the same as the library's."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from websockets.frames import Opcode
from websockets.protocol import Protocol, Side, State

from telephony.ari_socket import text_frame


@given(payload=st.binary(max_size=300), mask=st.binary(min_size=4, max_size=4))
@example(payload=b"", mask=b"\0\0\0\0")
@example(payload=b"x" * 125, mask=b"abcd")
@example(payload=b"x" * 126, mask=b"abcd")
@example(payload=b"x" * 65535, mask=b"abcd")
@example(payload=b"x" * 65536, mask=b"abcd")
def test_a_servers_library_reads_what_we_write(payload: bytes, mask: bytes) -> None:
    server = Protocol(Side.SERVER, state=State.OPEN, max_size=None)
    server.receive_data(text_frame(payload, mask))
    (frame,) = server.events_received()
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, payload)
    assert server.state is State.OPEN, "nothing is left over, nothing was refused"
