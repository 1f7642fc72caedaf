"""Downloads from a server that misbehaves: what is on the disk afterwards, and how often it was asked."""

from hashlib import sha256

import pytest

from pipeline.errors import RunCancelledError, SourceFileError, SourceUnavailableError
from pipeline.fetching.addresses import checked, is_public
from pipeline.fetching.download import Known, download
from pipeline.fetching.pace import retry_after
from pipeline.fetching.request import Counted
from tests.portal import Portal
from tests.portal.fixture import point_to
from tests.portal.server import CERTIFICATES
from ysh.core.cache import names, redis_tier

DATA = bytes(range(256)) * 2000


@pytest.fixture
def url(portal):
    return portal.put("/big.csv", DATA, "text/csv")


def statuses(portal):
    return [entry.status for entry in portal.asked("/big.csv")]


def test_the_bytes_and_their_hash(portal, url, tmp_path):
    got = download(url, tmp_path)
    assert got.path.read_bytes() == DATA
    assert (got.sha256, got.bytes, got.name) == (sha256(DATA).hexdigest(), len(DATA), "big.csv")
    agent = portal.asked("/big.csv")[0].headers["user-agent"]
    assert agent.startswith("YSH-ingestion/")
    assert portal.asked("/big.csv")[0].headers["accept-encoding"] == "identity"


def test_it_goes_on_where_it_broke_off(portal, url, tmp_path):
    portal.fail("/big.csv", "reset", times=1, after=300_000)
    portal.fail("/big.csv", "short", times=1, after=100_000)
    got = download(url, tmp_path)
    assert got.path.read_bytes() == DATA
    assert got.sha256 == sha256(DATA).hexdigest()
    ranges = [entry.headers.get("range", "") for entry in portal.asked("/big.csv")]
    assert ranges[0] == ""
    assert ranges[-1].startswith("bytes=")
    assert statuses(portal) == [200, 206, 206]


def test_a_file_that_changed_meanwhile_starts_over(portal, url, tmp_path):
    portal.fail("/big.csv", "short", times=1, after=100_000)
    changed = DATA[::-1]

    def change(done, _total):
        if done == 100_000:
            portal.put("/big.csv", changed, "text/csv")

    got = download(url, tmp_path, on_bytes=change)
    assert got.path.read_bytes() == changed
    assert got.sha256 == sha256(changed).hexdigest()


def test_a_server_without_parts_starts_over(portal, url, tmp_path):
    portal.fail("/big.csv", "short", times=1, after=100_000)
    portal.fail("/big.csv", "no_range")
    assert download(url, tmp_path).path.read_bytes() == DATA
    assert statuses(portal) == [200, 200]


def test_three_tries_and_no_more(portal, url, tmp_path):
    portal.fail("/big.csv", "status", status=503)
    with pytest.raises(SourceUnavailableError, match="3 of 3 tries"):
        download(url, tmp_path)
    assert statuses(portal) == [503] * 3


def test_a_line_that_gets_further_each_time_is_followed(portal, url, tmp_path):
    portal.fail("/big.csv", "short", times=6, after=80_000)
    assert download(url, tmp_path).sha256 == sha256(DATA).hexdigest()
    assert len(portal.asked("/big.csv")) == 7


def test_what_does_not_pass_is_not_tried_again(portal, url, tmp_path):
    portal.fail("/big.csv", "status", status=403)
    with pytest.raises(SourceUnavailableError) as refused:
        download(url, tmp_path)
    assert (refused.value.code, statuses(portal)) == ("http_403", [403])


def test_retry_after_is_honoured(portal, url, tmp_path, monkeypatch):
    waited = []
    monkeypatch.setattr("pipeline.fetching.download.pause", lambda seconds, _tick: waited.append(seconds))
    portal.fail("/big.csv", "status", times=1, status=429, retry_after="7")
    assert download(url, tmp_path).bytes == len(DATA)
    assert waited == [7.0]


def test_a_server_that_asks_to_wait_too_long_is_left_alone(portal, url, tmp_path):
    portal.fail("/big.csv", "status", status=429, retry_after="86400")
    with pytest.raises(SourceUnavailableError) as refused:
        download(url, tmp_path)
    assert refused.value.code == "retry_later"
    assert statuses(portal) == [429]


def test_retry_after_as_a_date_or_nonsense():
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("Wed, 21 Oct 2099 07:28:00 -0000") > 10**8
    assert retry_after("soon") is None
    assert retry_after("") is None


def test_silence_ends_in_time(portal, url, tmp_path, settings):
    settings.INGEST_READ_SECONDS = 0.1
    portal.fail("/big.csv", "hang")
    with pytest.raises(SourceUnavailableError, match="ReadTimeout"):
        download(url, tmp_path)
    assert len(portal.asked("/big.csv")) == 3


def test_a_dripping_server_is_given_up(portal, url, tmp_path, settings):
    settings.INGEST_SLOW_AFTER_SECONDS = 0.15
    portal.fail("/big.csv", "drip")
    with pytest.raises(SourceUnavailableError) as refused:
        download(url, tmp_path)
    assert refused.value.code == "too_slow"


def test_redirects_end(portal, url, tmp_path):
    portal.fail("/big.csv", "redirect_loop")
    with pytest.raises(SourceUnavailableError) as refused:
        download(url, tmp_path)
    assert refused.value.code == "redirects"
    assert len(portal.asked("/big.csv")) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/x", "gopher://x", "http://user:secret@127.0.0.1/"])
def test_a_redirect_leads_only_to_the_web(portal, url, tmp_path, target):
    portal.fail("/big.csv", "redirect", location=target)
    with pytest.raises(SourceFileError) as refused:
        download(url, tmp_path)
    assert refused.value.code == "bad_url"


def test_no_redirect_leads_into_our_own_network(portal, url, tmp_path):
    """Another server of this machine stands for the private network; the portal itself is named in the settings."""
    with Portal() as inside:
        portal.fail("/big.csv", "redirect", location=inside.put("/secret", b"secret"))
        with pytest.raises(SourceFileError) as refused:
            download(url, tmp_path)
        assert refused.value.code == "private_address"
        assert inside.seen == []
        portal.heal()
        portal.fail("/big.csv", "redirect", location=f"http://localhost:{inside.port}/secret")
        with pytest.raises(SourceFileError) as refused:
            download(url, tmp_path)
        assert refused.value.code == "private_address"
        assert inside.seen == []


def test_a_private_host_that_is_meant(portal, url, tmp_path, settings):
    with Portal() as inside:
        settings.INGEST_PRIVATE_HOSTS = (f"127.0.0.1:{inside.port}",)
        assert download(inside.put("/x", b"meant"), tmp_path).path.read_bytes() == b"meant"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("200.198.220.169", True),
        ("2804:14c::1", True),
        *((text, False) for text in ("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::1")),
        *((text, False) for text in ("fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "100.64.0.1")),
    ],
)
def test_public_addresses(address, public):
    assert is_public(address) is public


def test_addresses_that_are_none():
    for text in ("", "dadosabertos.aneel.gov.br", "http://[", "https://host:99999/", "javascript:alert(1)"):
        with pytest.raises(SourceFileError):
            checked(text)


def test_too_large_is_refused_before_and_while_it_comes(portal, url, tmp_path):
    for fault in (None, "bomb"):
        if fault:
            portal.fail("/big.csv", fault)
        with pytest.raises(SourceFileError) as refused:
            download(url, tmp_path, max_bytes=10_000)
        assert refused.value.code == "file_too_large"
        assert (tmp_path / "download").stat().st_size <= 10_000


def test_a_known_file_is_not_sent_again(portal, url, tmp_path):
    first, counted = download(url, tmp_path), Counted()
    for known in (Known(etag=first.etag), Known(last_modified=first.last_modified)):
        again = download(url, tmp_path, known=known, counted=counted)
        assert again.not_modified
    assert (counted.requests, counted.not_modified) == (2, 2)
    portal.put("/big.csv", b"new", "text/csv")
    assert download(url, tmp_path, known=Known(etag=first.etag)).path.read_bytes() == b"new"


def test_whoever_is_told_of_the_bytes_can_stop_it(portal, url, tmp_path):
    def stop(done, total):
        assert total == len(DATA)
        if done:
            raise RunCancelledError("enough")

    with pytest.raises(RunCancelledError):
        download(url, tmp_path, on_bytes=stop)


@pytest.mark.parametrize(
    ("certificate", "bundle", "code"),
    [
        ("complete", "root.pem", ""),
        ("leaf", "root.pem", "certificate"),
        ("expired", "root.pem", "certificate"),
        ("stranger", "root.pem", "certificate"),
        ("complete", "", "certificate"),
    ],
)
def test_certificates_are_checked(settings, tmp_path, certificate, bundle, code):
    with Portal(certificate=certificate) as secure:
        point_to(settings, secure)
        settings.ANEEL_CA_BUNDLE = str(CERTIFICATES / bundle) if bundle else ""
        address = secure.put("/x", b"secure")
        if not code:
            assert download(address, tmp_path).path.read_bytes() == b"secure"
            return
        with pytest.raises(SourceUnavailableError) as refused:
            download(address, tmp_path)
        assert (refused.value.code, secure.seen) == (code, [])


def test_an_intermediate_that_the_server_leaves_out_may_be_in_the_bundle(settings, tmp_path):
    """As with ANEEL's server: the root is trusted, the bundle brings what is missing."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes((CERTIFICATES / "root.pem").read_bytes() + (CERTIFICATES / "intermediate.pem").read_bytes())
    settings.ANEEL_CA_BUNDLE = str(bundle)
    with Portal(certificate="leaf") as secure:
        point_to(settings, secure)
        assert download(secure.put("/x", b"secure"), tmp_path).path.read_bytes() == b"secure"
        settings.ANEEL_CA_BUNDLE = str(tmp_path / "none.pem")
        with pytest.raises(SourceFileError, match="ANEEL_CA_BUNDLE"):
            download(secure.put("/x", b"secure"), tmp_path)


def test_nobody_is_asked_more_often_than_agreed(portal, url, tmp_path, settings):
    """Counted in Redis by host, for all processes."""
    redis_tier.attempt(lambda redis: redis.delete(names.RATE.key(who="fetch:localhost")))
    settings.INGEST_REQUESTS_PER_HOUR = 3
    settings.INGEST_PRIVATE_HOSTS = (f"localhost:{portal.port}",)
    address = f"http://localhost:{portal.port}/big.csv"
    for _ in range(3):
        download(address, tmp_path)
    with pytest.raises(SourceUnavailableError) as refused:
        download(address, tmp_path)
    assert refused.value.code == "rate_limited"
    assert len(portal.asked("/big.csv")) == 3


def test_without_redis_requests_are_not_counted_and_go_on(portal, url, tmp_path, settings, monkeypatch):
    monkeypatch.setattr("pipeline.fetching.pace.rate_limit", lambda *_args: None)
    settings.INGEST_REQUESTS_PER_HOUR = 1
    assert download(url, tmp_path).bytes == download(url, tmp_path).bytes == len(DATA)


def test_a_proxy_is_not_taken_for_our_own_network(portal, tmp_path, monkeypatch):
    """Proxies are in private networks; the guard is for servers that are connected to directly."""
    with Portal() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(SourceUnavailableError) as refused:
            download("http://data.example/big.csv", tmp_path)
        assert refused.value.code == "http_404"
        assert [entry.target for entry in proxy.seen] == ["http://data.example/big.csv"]
