"""Chromium out of an unpacked tree: it looks for its files beside the program that runs and starts itself again for every page.

So ``ld.so`` is put beside it, a script in its own place starts it through that, and the script is named as what pages are started with.
Fonts: the machine's own, and the Chinese one that was unpacked with it.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

BROWSER = "chromium-headless-shell"

_SCRIPT = """#!/bin/sh
export FONTCONFIG_FILE="{fonts}"
exec "{start}" {option} "{folders}" "{real}" --browser-subprocess-path="{script}" --no-zygote "$@"
"""
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{root}/usr/share/fonts</dir>
  <cachedir>{root}/var/cache/fontconfig</cachedir>
  <include ignore_missing="yes">/etc/fonts/conf.d</include>
</fontconfig>
"""


def wrap_browser(root: Path, loader: Sequence[str]) -> None:
    """Make the browser below ``root`` start by its own path; ``loader``: the command line that starts programs of the tree."""
    start, option, folders = loader
    script = root / "usr/lib/chromium" / BROWSER
    real = script.rename(script.with_name(f"{BROWSER}.real"))
    beside = Path(shutil.copy(Path(start).resolve(), script.with_name("ld.so")))
    fonts = root / "etc/fonts.conf"
    fonts.parent.mkdir(parents=True, exist_ok=True)
    fonts.write_text(_FONTS.format(root=root))
    script.write_text(_SCRIPT.format(fonts=fonts, start=beside, option=option, folders=folders, real=real, script=script))
    script.chmod(0o755)
