"""Where a token may travel."""

from __future__ import annotations

import pytest

from reconciler.errors import CredentialRejected, ProtocolError
from reconciler.http.address import address_of

BASE = "https://api.example.test"
GOOD = [
    pytest.param({}, "https://api.example.test/v2/things", id="the-service-itself"),
    pytest.param({"X_URL": "https://eu.example.test/"}, "https://eu.example.test/v2/things", id="variable-wins"),
    pytest.param({"X_URL": ""}, "https://api.example.test/v2/things", id="empty-variable-is-none"),
    pytest.param({"X_URL": "http://127.0.0.1:8123"}, "http://127.0.0.1:8123/v2/things", id="loopback-number"),
    pytest.param({"X_URL": "http://localhost:8123/api/"}, "http://localhost:8123/api/v2/things", id="loopback-prefix"),
    pytest.param({"X_URL": "http://[::1]:8123"}, "http://[::1]:8123/v2/things", id="loopback-ipv6"),
]
BAD = [
    pytest.param("http://api.example.test", "plain http", id="plain-http"),
    pytest.param("http://127.0.0.1.evil.test", "plain http", id="a-name-that-looks-like-loopback"),
    pytest.param("http://localhost@evil.test", "user name", id="userinfo"),
    pytest.param("ftp://api.example.test", "not the address", id="other-scheme"),
    pytest.param("api.example.test", "not the address", id="no-scheme"),
    pytest.param("https://", "not the address", id="no-host"),
    pytest.param("https://api.example.test:port", "not the address", id="bad-port"),
    pytest.param("https://api.example.test/?x=1", "not the address", id="query"),
]


@pytest.mark.parametrize(("environ", "expected"), GOOD)
def test_paths_are_joined_to_the_base_url(environ, expected):
    assert address_of("Example", BASE, "X_URL", environ).join("/v2/things") == expected


@pytest.mark.parametrize(("url", "said"), BAD)
def test_an_unfit_base_url_is_refused_and_named_by_its_variable(url, said):
    with pytest.raises(CredentialRejected, match=said) as caught:
        address_of("Example", BASE, "X_URL", {"X_URL": url})
    assert "X_URL" in str(caught.value)


LINKS = [
    pytest.param("https://api.example.test/v2/things?page=2", "?page=2", id="same-host"),
    pytest.param("https://API.example.test:443/v2/things?page=2", "?page=2", id="spelled-out-port"),
    pytest.param("http://api.example.test/v2/things?page=2", "?page=2", id="downgraded-scheme-stays-https"),
    pytest.param("/v2/things?next=https://evil.test/", "?next=https://evil.test/", id="a-url-in-the-query"),
]


@pytest.mark.parametrize(("link", "query"), LINKS)
def test_a_link_of_the_same_host_is_followed_over_https(link, query):
    assert address_of("Example", BASE, "", {}).join(link) == f"https://api.example.test/v2/things{query}"


@pytest.mark.parametrize(
    "link", ["https://evil.test/v2", "https://api.example.test:8443/v2", "https://api.example.test@evil.test/v2"]
)
def test_a_link_to_another_host_is_a_protocol_error(link):
    with pytest.raises(ProtocolError, match="another host"):
        address_of("Example", BASE, "", {}).join(link)
