"""The life of our own Asterisk, the real one: it boots clean, outlives us, is adopted, and ends alone."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from asterisk_conf.exchange import Exchange, ExchangeFailed
from asterisk_conf.modules import MODULES
from asterisk_conf.testing import own_exchange
from asterisk_conf.toolbox import Program, Toolbox
from hotline.clock import SystemClock

pytestmark = pytest.mark.asterisk


async def test_it_boots_without_a_word_of_complaint_and_with_everything_loaded(exchange: Exchange) -> None:
    log = (exchange.place.log / "hl-messages.log").read_text()
    assert not [line for line in log.splitlines() if "ERROR" in line or "WARNING" in line]
    loaded = await exchange.cli("module show")
    assert not [name for name in MODULES if f"{name}.so" not in loaded]
    contexts = await exchange.cli("dialplan show")
    for name in ("hl-from-carrier", "hl-from-demo", "hl-seats", "hl-return", "hl-fallback"):
        assert f"[ Context '{name}' " in contexts
    assert await exchange.healthy()


async def test_browser_phones_reach_the_exchange_by_ws_and_with_a_certificate_by_wss(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "wss.pem")
    async with own_exchange(tmp_path, asterisk={"certificate": str(certificate)}) as exchange:
        ports = exchange.settings.asterisk
        trust = ssl.create_default_context(cafile=str(certificate))
        async with websockets.connect(f"ws://127.0.0.1:{ports.http_port}/ws", subprotocols=[websockets.Subprotocol("sip")]) as plain:
            assert plain.subprotocol == "sip"
        wss = f"wss://127.0.0.1:{ports.https_port}/ws"
        async with websockets.connect(wss, ssl=trust, subprotocols=[websockets.Subprotocol("sip")]) as encrypted:
            assert encrypted.subprotocol == "sip"


def self_signed(file: Path) -> Path:
    """A certificate for 127.0.0.1 and its key in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hotline test")])
    now = datetime.fromtimestamp(SystemClock().now().wall / 1e6, UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    built = built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + private)
    return file


async def test_a_new_controller_adopts_the_one_that_runs_and_ends_only_that(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    async with own_exchange(tmp_path / "mine") as mine, own_exchange(tmp_path / "other") as other:
        heir = Exchange(mine.settings, mine.vault, Toolbox(tmp_path / "no-toolbox"), mine.folder)
        heir._program = mine.program
        assert heir.adopt()
        assert heir.pid() == mine.pid() != other.pid()
        heir.start()
        assert heir.pid() == mine.pid(), "a second one was started"
        await heir.stop()
        async with asyncio.timeout(5):  # its last threads may outlive its name by a moment
            while mine.alive():
                await asyncio.sleep(0.01)
        assert other.alive()
        assert await other.healthy()
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


async def test_a_pid_file_that_names_somebody_else_is_not_believed(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    async with own_exchange(tmp_path) as exchange:
        await exchange.stop()
        exchange.pid_file.write_text(f"{bystander.pid}\n")
        assert not exchange.alive()
        await exchange.stop()
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


async def test_it_outlives_the_process_that_started_it_and_notices_a_crash(exchange: Exchange) -> None:
    pid = exchange.pid()
    assert pid is not None
    assert os.getsid(pid) == pid, "it shares our session: Ctrl-C would end it"
    os.kill(pid, signal.SIGKILL)
    for _ in range(100):
        if not exchange.alive():
            break
        await asyncio.sleep(0.02)
    assert not await exchange.healthy()
    exchange.start()
    await exchange.wait_until_booted()
    assert exchange.pid() != pid


async def test_a_start_that_fails_is_told_in_a_sentence_with_what_to_do(exchange: Exchange, tmp_path: Path) -> None:
    second = Exchange(exchange.settings, exchange.vault, Toolbox(tmp_path / "none"), tmp_path / "second")
    second._program = exchange.program
    with pytest.raises(ExchangeFailed, match=r"is taken by another program; .* asterisk\.sip_port"):
        second.start()
    await exchange.stop()
    second._program = Program("asterisk", Path("/bin/false"), exchange.program.root)
    second.start()
    with pytest.raises(ExchangeFailed, match=r"it ended at once; .*log"):
        await second.wait_until_booted()


async def test_a_runtime_folder_too_deep_for_a_socket_works_all_the_same(tmp_path: Path) -> None:
    deep = tmp_path / ("a-long-name-of-a-folder/" * 5)
    deep.mkdir(parents=True)
    async with own_exchange(deep) as exchange:
        assert exchange.place.run.parent == Path("/tmp")
        assert exchange.place.run.stat().st_mode & 0o777 == 0o700
        assert await exchange.healthy()
    assert not exchange.place.run.exists()


async def test_new_settings_are_read_without_a_restart(exchange: Exchange) -> None:
    (exchange.place.etc / "pjsip.conf").write_text("; gone\n")
    assert "hl-2-web" in await exchange.cli("pjsip show endpoints")
    await exchange.reload()
    assert "[hl-2]" in (exchange.place.etc / "pjsip.conf").read_text()
    assert "hl-2-web" in await exchange.cli("pjsip show endpoints")
