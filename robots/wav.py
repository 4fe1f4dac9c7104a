"""PCM16 mono 8 kHz wav files, the only sound format of this room."""

from __future__ import annotations

import sys
import wave
from array import array
from pathlib import Path

from hotline.errors import HotlineError
from robots.g711 import RATE


class WrongSound(HotlineError):
    """The sound file can't be used:"""


def read_wav(path: Path) -> array[int]:
    """The samples of a PCM16 mono 8 kHz file. Raises WrongSound when it is anything else, OSError when it isn't there."""
    try:
        with wave.open(str(path), "rb") as stream:
            if (stream.getnchannels(), stream.getsampwidth(), stream.getframerate()) != (1, 2, RATE):
                raise WrongSound(f"{path} is not PCM16 mono 8 kHz")
            samples = array("h", stream.readframes(stream.getnframes()))
    except (wave.Error, EOFError, ValueError) as error:
        raise WrongSound(f"{path}: {error}") from None
    return _native(samples)


def write_wav(path: Path, samples: array[int]) -> None:
    """Write ``samples`` as a PCM16 mono 8 kHz file."""
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(RATE)
        stream.writeframes(_native(array("h", samples)).tobytes())


def _native(samples: array[int]) -> array[int]:
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
