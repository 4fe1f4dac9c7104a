"""Speaking into a call: sounds and keys. The half of :class:`robots.call.Call` that needs no signalling."""

from __future__ import annotations

from array import array
from pathlib import Path

from hotline.secret import Secret
from robots.errors import CallOver, NoKeys
from robots.moments import KeySent
from robots.mouth import Clip
from robots.pacer import BEAT
from robots.rtp import code_of
from robots.session import Session
from robots.wav import read_wav


class Speaker:
    """One side of a call that is answered."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.keys: list[KeySent] = []
        """The keys pressed so far."""

    async def press(self, keys: str | Secret, tone: float = 0.1, gap: float = 0.06) -> None:
        """Press ``keys`` one after the other: each ``tone`` seconds long, ``gap`` seconds apart (20 ms steps).

        Returns when the last gap is over. Raises CallOver when the call ends meanwhile, NoKeys when the other side takes
        none, ValueError for what is no key.
        """
        self._must_be_up()
        if self.session.media.mouth.event_type is None:
            raise NoKeys()
        text = keys.reveal() if isinstance(keys, Secret) else keys
        codes = [code_of(key) for key in text]
        for key, code in zip(text, codes, strict=True):
            self._must_be_up()
            press = self.session.media.mouth.press(code, round(tone / BEAT), round(gap / BEAT))
            complete = await press.done
            if press.ended is not None:
                self.keys.append(KeySent(key.upper(), press.ended))
            if not complete:
                raise CallOver()

    async def play(self, sound: array[int] | Path) -> None:
        """Play PCM16 8 kHz samples or a wav file to the end. Raises CallOver when the call ends meanwhile."""
        clip = self.start_playing(sound)
        try:
            if not await clip.done:
                raise CallOver()
        finally:
            self.stop_playing(clip)

    def start_playing(self, sound: array[int] | Path, *, loop: bool = False) -> Clip:
        """Play in the background; with ``loop`` until :meth:`stop_playing` or the end of the call."""
        self._must_be_up()
        return self.session.media.mouth.play(read_wav(sound) if isinstance(sound, Path) else sound, loop)

    @staticmethod
    def stop_playing(clip: Clip) -> None:
        """Stop a sound; harmless when it is over."""
        if not clip.done.done():
            clip.done.set_result(False)

    def _must_be_up(self) -> None:
        """Raise CallOver unless the call is answered and not over."""
        raise NotImplementedError
