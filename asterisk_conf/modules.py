"""Which modules of Asterisk a call needs. Nothing is loaded by itself (reliability.md §5.2-5: the less code, the less attack).

``res_pjsip_refer`` is there to say no: without it a phone's transfer key gets no answer for 32 s, with it and ``allow_transfer=no``
a 603 at once. ``res_pjsip_dlg_options`` answers a carrier's OPTIONS inside a call; unanswered, some end the call.

Left out on purpose: ``bridge_builtin_features`` (all transfers go through the floor), ``app_dial``, ``app_originate``, ``app_disa``,
``app_system``, ``func_shell``, ``pbx_spool``, ``chan_iax2``, ``chan_unistim``, ``res_phoneprov``, ``pbx_dundi``,
``res_pjsip_endpoint_identifier_anonymous``.
"""

from __future__ import annotations

from pathlib import Path

MODULES: tuple[str, ...] = (
    # ground
    "res_timing_timerfd", "res_crypto", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "pbx_config",
    # http, websocket
    "res_http_websocket", "res_websocket_client",
    # sip
    "res_pjproject", "res_pjsip", "res_pjsip_session", "res_pjsip_pubsub", "res_pjsip_sdp_rtp", "res_pjsip_authenticator_digest",
    "res_pjsip_endpoint_identifier_ip", "res_pjsip_endpoint_identifier_user", "res_pjsip_registrar", "res_pjsip_nat",
    "res_pjsip_caller_id", "res_pjsip_rfc3326", "res_pjsip_header_funcs", "res_pjsip_empty_info", "res_pjsip_acl",
    "res_pjsip_refer", "res_pjsip_dlg_options",
    "res_pjsip_transport_websocket", "res_rtp_asterisk", "res_srtp", "chan_pjsip",
    # voice
    "codec_alaw", "codec_ulaw", "codec_a_mu", "codec_resample", "format_pcm", "format_wav", "format_sln", "res_musiconhold",
    # bridges
    "bridge_simple", "bridge_native_rtp", "bridge_softmix", "bridge_holding", "chan_bridge_media",
    # stasis and ari
    "res_stasis", "res_stasis_answer", "res_stasis_playback", "res_stasis_recording", "res_stasis_snoop", "res_stasis_device_state",
    "app_stasis", "res_ari", "res_ari_model", "res_ari_applications", "res_ari_asterisk", "res_ari_bridges", "res_ari_channels",
    "res_ari_device_states", "res_ari_endpoints", "res_ari_events", "res_ari_playbacks", "res_ari_recordings", "res_ari_sounds",
    # what the dialplan says
    "app_playback", "app_queue", "app_mixmonitor", "func_callerid", "func_channel", "func_env", "func_global",
    "func_hangupcause", "func_logic", "func_pjsip_endpoint", "func_strings", "func_timeout",
    # records
    "res_cdrel_custom", "cdr_custom", "cel_custom",
)  # fmt: skip
FASTAGI: tuple[str, ...] = ("res_speech", "res_agi")
"""Loaded besides when the menus are offered over FastAGI (res_agi does not load without res_speech).

It could start programs, too: our dialplan may name ``agi://`` only (asterisk_conf/lint_dialplan.py)."""


def available(folder: Path, extra: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The modules of :data:`MODULES` and ``extra`` that are in ``folder``, in order (older Asterisk lacks a few)."""
    return tuple(name for name in (*MODULES, *extra) if (folder / f"{name}.so").exists())
