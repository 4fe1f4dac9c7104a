"""Digest answers against the worked examples of RFC 2617 §3.5 and RFC 7616 §3.9.1."""

from __future__ import annotations

import pytest

from hotline.secret import Secret
from robots.digest import CantAnswer, Challenge, authorize, choose, parse_parameters

RFC2617 = (
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
    'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)
RFC7616_SHA = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
RFC7616_MD5 = RFC7616_SHA.replace("algorithm=SHA-256", "algorithm=MD5")
CNONCE_7616 = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def _response(header: str, user: str, password: str, uri: str, cnonce: str) -> str:
    answer = authorize(choose([header]), "GET", uri, user, Secret(password), cnonce=cnonce)
    return parse_parameters(answer.removeprefix("Digest "))["response"]


def test_the_example_of_rfc_2617_gives_its_response() -> None:
    assert _response(RFC2617, "Mufasa", "Circle Of Life", "/dir/index.html", "0a4f113b") == "6629fae49393a05397450978507c4ef1"


def test_the_examples_of_rfc_7616_give_their_responses() -> None:
    assert _response(RFC7616_MD5, "Mufasa", "Circle of Life", "/dir/index.html", CNONCE_7616) == "8ca523f5e9506fed4657c9700eebdbec"
    assert (
        _response(RFC7616_SHA, "Mufasa", "Circle of Life", "/dir/index.html", CNONCE_7616)
        == "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    )


def test_an_old_challenge_without_qop_is_answered_the_old_way() -> None:
    # RFC 2069's answer: MD5(HA1:nonce:HA2), computed by hand with another tool
    answer = authorize(Challenge("asterisk", "abc"), "REGISTER", "sip:127.0.0.1", "hl-1", Secret("pw"))
    assert "qop" not in answer and "cnonce" not in answer
    import hashlib

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    assert f'response="{md5(md5("hl-1:asterisk:pw") + ":abc:" + md5("REGISTER:sip:127.0.0.1"))}"' in answer


def test_the_first_challenge_we_can_answer_is_taken() -> None:
    strange = 'Digest realm="a", nonce="1", algorithm=SHA-512-256'
    assert choose([strange, "Basic realm=x", 'Digest realm="b", nonce="2"']).realm == "b"
    with pytest.raises(CantAnswer):
        choose([strange, 'Digest realm="c"', 'Digest realm="d", nonce="3", qop="auth-int"'])


def test_the_password_shows_in_no_header() -> None:
    assert "Circle" not in authorize(choose([RFC2617]), "GET", "/", "Mufasa", Secret("Circle Of Life"))


def test_quotes_and_commas_inside_values_are_values() -> None:
    assert parse_parameters('a="x,y", b="say \\"hi\\"" , c=d') == {"a": "x,y", "b": 'say "hi"', "c": "d"}
