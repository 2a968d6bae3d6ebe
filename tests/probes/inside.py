"""What hostile programs share. Runs in the sandbox: Python 3.9, the standard library alone."""

import errno
import json
import os
import socket
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Facts = Mapping[str, Any]  # the task's input: what an attacker may know of the host; and its "id"
Attempt = Callable[[], object]

GATEWAY = ("127.0.0.1", 8080)
LONGEST_STORY = 300


class Harmless(Exception):
    """What was tried is allowed, and gained nothing; the message says why."""


def tried(attempts: Mapping[str, Attempt]) -> str:
    """Try each: "refused: " and how each was, or "ESCAPED: " and what the first success gave."""
    said = []
    for what, attempt in attempts.items():
        try:
            gained = attempt()
        except Harmless as reason:
            said.append(f"{what} {reason}")
        except OSError as error:
            said.append(f"{what} {error_name(error)}")
        else:
            return f"ESCAPED: {what} gave {gained!r}"[:LONGEST_STORY]
    return ("refused: " + ", ".join(said))[:LONGEST_STORY]


def error_name(error: OSError) -> str:
    """As in errno(3); the exception's name where it has no number."""
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


def read(path: str, size: int = 200) -> bytes:
    """The first bytes of a file, without waiting for a writer of a FIFO."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.read(descriptor, size)
    finally:
        os.close(descriptor)


def write(path: str, data: bytes, flags: int = 0) -> int:
    """Write to a file that is there, or with O_CREAT to a new one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | flags, 0o666)
    try:
        return os.write(descriptor, data)
    finally:
        os.close(descriptor)


def write_back(path: str) -> Attempt:
    """An attempt to write what is there anyway: proves the right to write and changes nothing."""
    return lambda: write(path, read(path, 4096))


def make(path: str) -> Attempt:
    """An attempt to make a new file."""
    return lambda: write(path, b"was here", os.O_CREAT | os.O_EXCL)


def connect(address: Any, family: int = socket.AF_INET, seconds: float = 2.0) -> None:
    """Connect and hang up."""
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(seconds)
        client.connect(address)
        if client.getsockname() == client.getpeername():
            raise Harmless("reached only itself")


def find_route(address: str, family: int = socket.AF_INET) -> object:
    """Whether the kernel knows a way there. Nothing is sent: strangers live at these addresses.

    Raises:
        OSError: it knows none.
    """
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        client.connect((address, 53))  # of a datagram socket, this only looks the way up
        return client.getsockname()


def in_child(attempt: Callable[[], int]) -> int:
    """Run it in a child, in which it may do harm or be killed; its wait status."""
    child = os.fork()
    if child == 0:
        status = 255
        try:
            status = attempt()
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def talk(data: bytes, seconds: float = 10.0, whole: bool = True) -> bytes:
    """Send raw bytes to the gateway; what came back until it hung up (or fell silent)."""
    with socket.create_connection(GATEWAY, timeout=seconds) as line:
        reply = b""
        try:
            line.sendall(data)
            while chunk := line.recv(65536):
                reply += chunk
                if not whole:
                    break
        except OSError:
            pass
        return reply


def request(
    method: str,
    path: str,
    body: bytes = b"",
    *,
    key: "str | None" = None,
    host: str = "127.0.0.1:8080",
    more: "tuple[str, ...]" = (),
) -> bytes:
    """The bytes of one HTTP request that ends its connection."""
    key = os.environ["OPENAI_API_KEY"] if key is None else key
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {key}",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        "Connection: close",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chat(text: str, **fields: Any) -> bytes:
    """The body of a chat completion."""
    messages = [{"role": "user", "content": text}]
    model = os.environ["CORRAL_MODEL"]
    return json.dumps({"model": model, "messages": messages, "max_tokens": 8, **fields}).encode()


def status_of(reply: bytes) -> int:
    """The status of an HTTP reply; 0: there was none."""
    words = reply.split(b" ", 2)
    return int(words[1]) if reply.startswith(b"HTTP/1.") and len(words) > 1 else 0


def call(path: str, body: bytes, **how: Any) -> "tuple[int, bytes]":
    """POST to the gateway: status and body."""
    reply = talk(request("POST", path, body, **how))
    return status_of(reply), reply.partition(b"\r\n\r\n")[2]


def must_fail(path: str, body: bytes, **how: Any) -> Attempt:
    """An attempt to be answered by the gateway; a status of 400 to 499 is a refusal."""

    def attempt() -> object:
        status, said = call(path, body, **how)
        if 400 <= status < 500 or status == 0:
            raise Harmless(str(status or "hung up"))
        return status, said[:100]

    return attempt


def say(line: bytes) -> None:
    """Write to stdout, past every buffer."""
    while line:
        line = line[os.write(1, line) :]


def answer(key: str, output: object) -> None:
    """Answer a task."""
    say(json.dumps({"id": key, "output": output}).encode() + b"\n")


def tasks() -> Iterator[Facts]:
    """The facts of each task, as its line is read."""
    for line in sys.stdin:
        task = json.loads(line)
        yield {**task["input"], "id": task["id"]}


def serve(attempt: Callable[[Facts], "str | None"]) -> None:
    """Answer each task with what came of the attempt; None: it has answered, or won't."""
    for facts in tasks():
        # So that nobody takes a program that never came to its attempt for one that was contained.
        os.write(2, f"began {facts['token']}\n".encode())
        try:
            output = attempt(facts)
        except Exception:
            output = "BROKE: " + traceback.format_exc().strip()[-LONGEST_STORY:]
        if output is not None:
            answer(facts["id"], output)
