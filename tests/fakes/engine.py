"""A Docker engine that speaks the real interface, with process 1 of a container as a coroutine."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

GOOD_VERSION: Mapping[str, Any] = {"ApiVersion": "1.41", "Version": "20.10.24"}
GOOD_INFO: Mapping[str, Any] = {
    **dict.fromkeys(("MemoryLimit", "SwapLimit", "PidsLimit", "CpuCfsQuota"), True),
    "SecurityOptions": ["name=seccomp,profile=default"],
    "Runtimes": {"runc": {"path": "runc"}},
    "DefaultRuntime": "runc",
}
KILLED = 137
STREAMS = {"stdout": 1, "stderr": 2}
UPGRADED = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"


@dataclass(eq=False)
class FakeContainer:
    """A container, its streams as far as somebody attached, and its end."""

    description: Mapping[str, Any]
    outputs: dict[str, asyncio.StreamWriter] = field(default_factory=dict)
    stdin: asyncio.StreamReader | None = None
    connections: list[asyncio.StreamWriter] = field(default_factory=list)
    running: "asyncio.Task[int] | None" = None
    status: int = 0
    out_of_memory: bool = False

    def write(self, stream: str, data: bytes) -> None:
        """Write to stdout or stderr, in a frame."""
        head = bytes([STREAMS[stream], 0, 0, 0]) + len(data).to_bytes(4, "big")
        self.outputs[stream].write(head + data)

    def close(self) -> None:
        """End the streams of all who attached."""
        for each in self.connections:
            each.close()

    async def end(self) -> None:
        """Wait until process 1 is dead."""
        if self.running is not None:
            await asyncio.wait([self.running])

    def source_of(self, target: str) -> str:
        """What is mounted there."""
        mounts = self.description["HostConfig"]["Mounts"]
        return str(next(each["Source"] for each in mounts if each["Target"] == target))


Program = Callable[[FakeContainer], Awaitable[int]]


@dataclass(frozen=True)
class Request:
    """What a client asks for."""

    method: str
    path: str
    parameters: Mapping[str, str]
    body: bytes


class Refusal(Exception):
    """Answered with this status and reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


async def echo(container: FakeContainer) -> int:
    """The project that most tests run: what comes in goes out."""
    assert container.stdin is not None
    while data := await container.stdin.read(1000):
        container.write("stdout", data)
    return 0


class FakeEngine:
    """Listens on `socket`; `program` is what projects do, `refusals` what goes wrong by path."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.info: Mapping[str, Any] = GOOD_INFO
        self.version: Mapping[str, Any] = GOOD_VERSION
        self.images: set[str] = set()
        self.imports = 0
        self.containers: dict[str, FakeContainer] = {}
        self.made = asyncio.Event()
        self.program: Program = echo
        self.refusals: dict[str, Refusal] = {}
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in self.containers:
            await self._kill(name)
        self.stop()

    async def listen(self) -> None:
        """Answer from now on."""
        self.socket.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self.socket)

    def stop(self) -> None:
        """Answer no new request."""
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read_request(reader)
        except asyncio.IncompleteReadError:  # who asks whether somebody is here says nothing
            writer.close()
            return
        try:
            if request.path.endswith("/attach"):
                await self._attach(request, reader, writer)
                return
            status, answer = 200, await self._answer(request)
        except Refusal as refusal:
            status, answer = refusal.status, {"message": str(refusal)}
        body = b"" if answer is None else json.dumps(answer).encode()
        head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        writer.close()

    async def _attach(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        container = self._container(request.path.split("/")[2])
        writer.write(UPGRADED)
        container.connections.append(writer)
        if "stdin" in request.parameters:
            container.stdin = reader
            return
        (stream,) = STREAMS.keys() & request.parameters.keys()
        container.outputs[stream] = writer

    async def _answer(self, request: Request) -> Any:
        if request.path in self.refusals:
            raise self.refusals[request.path]
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["version"]:
                return self.version
            case "GET", ["info"]:
                return self.info
            case "GET", ["images", name, "json"]:
                return self._image(name)
            case "POST", ["images", "create"]:
                return self._import(request.parameters)
            case "GET", ["containers", "json"]:
                return self._list(json.loads(request.parameters["filters"])["label"])
            case "POST", ["containers", "create"]:
                return self._create(request.parameters["name"], json.loads(request.body))
            case "DELETE", ["containers", name]:
                await self._kill(name)
                del self.containers[name]
                return None
            case _, ["containers", name, verb]:
                return await self._act(name, verb)
        raise Refusal(404, "page not found")

    async def _act(self, name: str, verb: str) -> Any:
        container = self._container(name)
        match verb:
            case "start":
                container.running = asyncio.create_task(self._process_1(container))
            case "kill":
                await self._kill(name)
            case "wait":
                await container.end()
                return {"StatusCode": container.status}
            case "json":
                state = {"ExitCode": container.status, "OOMKilled": container.out_of_memory}
                return {"Id": name, "State": state}
        return None

    async def _process_1(self, container: FakeContainer) -> int:
        """What `contained` does."""
        reader, writer = await self._call(container.source_of("/corral/control.sock"))
        try:
            await reader.readexactly(int(await reader.readline()))
            writer.write(b"started\n")
            status = await self.program(container)
            writer.write(f"exit {status}\n".encode())
            await reader.read()
        except asyncio.CancelledError:
            status = KILLED
        finally:
            writer.close()
            container.close()
        container.status = status
        return status

    async def _call(self, control: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The line to the worker, which has `listener` from now on."""
        line = socket.socket(socket.AF_UNIX)
        line.connect(control)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            socket.send_fds(line, [b"L"], [listener.fileno()])
        return await asyncio.open_unix_connection(sock=line)

    def _image(self, name: str) -> Any:
        if name not in self.images:
            raise Refusal(404, f"No such image: {name}")
        return {"Id": name}

    def _import(self, parameters: Mapping[str, str]) -> Any:
        self.images.add(f"{parameters['repo']}:{parameters['tag']}")
        self.imports += 1
        return {"status": "sha256:0"}

    def _list(self, labels: list[str]) -> Any:
        wanted = dict(label.split("=", 1) for label in labels)
        return [
            {"Id": name, "Labels": container.description["Labels"]}
            for name, container in self.containers.items()
            if wanted.items() <= container.description["Labels"].items()
        ]

    def _create(self, name: str, description: Mapping[str, Any]) -> Any:
        for mount in description["HostConfig"]["Mounts"]:
            if not Path(mount["Source"]).exists():
                reason = f"bind source path does not exist: {mount['Source']}"
                raise Refusal(400, f'invalid mount config for type "bind": {reason}')
        self.containers[name] = FakeContainer(description)
        self.made.set()
        return {"Id": name, "Warnings": []}

    def _container(self, name: str) -> FakeContainer:
        if name not in self.containers:
            raise Refusal(404, f"No such container: {name}")
        return self.containers[name]

    async def _kill(self, name: str) -> None:
        container = self._container(name)
        if container.running is not None:
            container.running.cancel()
            await container.end()


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    fields = dict(line.lower().split(": ", 1) for line in lines if line)
    body = await reader.readexactly(int(fields.get("content-length", "0")))
    url = urlsplit(target)
    return Request(method, url.path, dict(parse_qsl(url.query, keep_blank_values=True)), body)
