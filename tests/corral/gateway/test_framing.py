"""Requests that two readers could understand differently, and requests that are none."""

import pytest

from tests.corral.gateway.bench import CHAT, Bench, chat
from tests.corral.gateway.raw import GOOD_BODY, chunked, request, sized, visit
from tests.fakes.upstream import FakeUpstream

CHUNKED = b"Transfer-Encoding: chunked"
SMUGGLED = b"0\r\n\r\n" + request(sized())
AMBIGUOUS = {
    "both lengths": request(sized(), CHUNKED, body=chunked()),
    "both lengths, chunked first": request(CHUNKED, sized(), body=chunked()),
    "a request in a chunked body": request(b"Content-Length: 5", CHUNKED, body=SMUGGLED),
    "chunked twice": request(CHUNKED, CHUNKED, body=chunked()),
    "compressed and chunked": request(b"Transfer-Encoding: gzip, chunked", body=chunked()),
    "chunked, then compressed": request(b"Transfer-Encoding: chunked, gzip", body=chunked()),
    "an unknown coding": request(b"Transfer-Encoding: xchunked", body=chunked()),
    "identity beside a length": request(b"Transfer-Encoding: identity", sized()),
    "a blank before the colon": request(b"Transfer-Encoding : chunked", body=chunked()),
    "a folded coding": request(b"Transfer-Encoding:\r\n chunked", body=chunked()),
    "chunked in HTTP/1.0": request(CHUNKED, body=chunked(), line=f"POST {CHAT} HTTP/1.0".encode()),
    "two lengths": request(sized(), b"Content-Length: 0"),
    "one length twice": request(sized(), sized()),
    "a list of lengths": request(b"Content-Length: 5, 5"),
    "a negative length": request(b"Content-Length: -1"),
    "a signed length": request(b"Content-Length: +5"),
    "a length in hex": request(b"Content-Length: 0x10"),
    "a length beyond all numbers": request(b"Content-Length: " + b"9" * 40),
    "a negative chunk": request(CHUNKED, body=b"-1\r\n" + GOOD_BODY),
    "a chunk beyond all numbers": request(CHUNKED, body=b"f" * 20 + b"\r\n" + GOOD_BODY),
    "a chunk that is none": request(CHUNKED, body=b"zz\r\n" + GOOD_BODY),
    "bare line feeds": request(sized()).replace(b"\r\n", b"\n"),
    "two hosts": request(sized(), b"Host: other"),
    "no host": request(sized(), host=b""),
    "two keys": request(sized(), b"Authorization: Bearer other"),
    "a compressed body": request(sized(), b"Content-Encoding: gzip"),
    "a zero byte in a header": request(sized(), b"X-Odd: a\0b"),
    "another version": request(sized(), line=f"POST {CHAT} HTTP/2.0".encode()),
    "HTTP/0.9": f"POST {CHAT}\r\n\r\n".encode(),
    "no HTTP at all": b"\x16\x03\x01\x00\xc8\x01\r\n\r\n",
}
ELSEWHERE = {
    "an absolute address": b"http://gateway" + CHAT.encode(),
    "a forged absolute address": b"http://metadata.internal" + CHAT.encode(),
    "an escaped slash": b"/v1/chat%2Fcompletions",
    "a path that climbs": b"/v1/../v1/chat/completions",
    "two slashes": b"/" + CHAT.encode(),
}


@pytest.mark.parametrize("sent", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_ambiguous_request_is_refused_and_its_connection_closed(
    bench: Bench, upstream: FakeUpstream, sent: bytes
) -> None:
    seen = await visit(bench.socket, sent + request(sized()))

    assert seen.error["type"] == "invalid_request_error"
    assert (seen.closed, upstream.requests) == (True, [])
    assert (await bench.post(chat())).status == 200


@pytest.mark.parametrize("target", ELSEWHERE.values(), ids=ELSEWHERE)
async def test_address_that_only_resembles_one_leads_nowhere(
    bench: Bench, upstream: FakeUpstream, target: bytes
) -> None:
    seen = await visit(bench.socket, request(sized(), line=b"POST " + target + b" HTTP/1.1"))

    assert (seen.statuses, upstream.requests) == ([404], [])


@pytest.mark.parametrize("host", [b"Host: 127.0.0.1:5432", b"Host: metadata.internal", b"Host:"])
async def test_host_that_is_forged_changes_nothing(
    bench: Bench, upstream: FakeUpstream, host: bytes
) -> None:
    seen = await visit(bench.socket, request(sized(), host=host))

    assert seen.statuses == [200]
    assert upstream.headers[0]["Host"] == f"127.0.0.1:{upstream.port}"


async def test_requests_that_follow_at_once_are_answered_in_order(bench: Bench) -> None:
    models = request(line=b"GET /v1/models HTTP/1.1", body=b"")
    both = request(sized()) + models + request(b"Transfer-Encoding: chunked", body=chunked())
    lost = request(sized(), key="key-of-another-run")
    seen = await visit(bench.socket, both + lost)

    assert seen.statuses == [200, 200, 200, 401]
