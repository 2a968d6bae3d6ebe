"""Requests that two readers could understand differently are refused (RFC 9112, section 6)."""

from aiohttp import HttpVersion10, HttpVersion11, web

from corral.gateway.refusal import CallRefused

_VERSIONS = (HttpVersion11, HttpVersion10)


class AmbiguousRequest(CallRefused):
    """A request that is not clear; its connection is closed, since nobody knows where it ends."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message)


def check_framing(request: web.BaseRequest) -> None:
    """Refuse what the parser lets through and is not clear all the same.

    The parser itself refuses both lengths at once, several of one, odd ones, several hosts, folded
    headers, bare line feeds, and chunks that are none. What `Host` says is not used for anything.

    Raises:
        AmbiguousRequest: it is not clear.
    """
    if request.version not in _VERSIONS:
        raise AmbiguousRequest("The version of HTTP must be 1.0 or 1.1.")
    headers = request.headers
    coding = headers.get("Transfer-Encoding")
    if coding is not None and (coding.lower() != "chunked" or request.version != HttpVersion11):
        raise AmbiguousRequest("'Transfer-Encoding' must be chunked, in HTTP/1.1.")
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise AmbiguousRequest("'Content-Encoding' must be identity.")
    if len(headers.getall("Authorization", ())) > 1:
        raise AmbiguousRequest("There must be one 'Authorization' only.")
