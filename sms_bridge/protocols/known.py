"""The protocols that are there, by the names the command line and the settings use."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sms_bridge.protocols.cmpp import CMPP20, CMPP30
from sms_bridge.protocols.dialect import Dialect
from sms_bridge.protocols.sgip import SGIP12
from sms_bridge.protocols.smgp import SMGP30
from sms_bridge.protocols.smpp import SMPP34

DIALECTS: Mapping[str, Dialect] = MappingProxyType({each.name: each for each in (CMPP20, CMPP30, SMGP30, SGIP12, SMPP34)})
