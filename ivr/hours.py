"""When people take calls (seed 001 §2.3: self-service at any hour, people in the centre's office hours)."""

from __future__ import annotations

from datetime import time

from hotline.moment import Moment
from hotline.settings import CentreSettings


def is_staffed(centre: CentreSettings, at: Moment) -> bool:
    """Whether ``at`` lies in staffed hours: Monday to Friday from ``staffed_from`` until before ``staffed_to``, Shanghai time."""
    if centre.always_staffed:
        return True
    local = at.local()
    return local.weekday() < 5 and time.fromisoformat(centre.staffed_from) <= local.time() < time.fromisoformat(centre.staffed_to)
