"""A package index for tests: tiny wheels that are made here, served as PEP 503 says."""

import base64
import hashlib
import io
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Special = Callable[["Answering"], None]


@dataclass(slots=True)
class Index:
    """What is served: `files` by name, and what is answered otherwise to a path, by `special`.

    `asked` has every path that was asked for. With `password` others than `team` get a 401.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    special: dict[str, Special] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    password: str = ""
    port: int = 0

    @property
    def url(self) -> str:
        user = f"team:{self.password}@" if self.password else ""
        return f"http://{user}127.0.0.1:{self.port}/simple/"

    def add(self, name: str, version: str = "1.0", **how: object) -> None:
        """A wheel; see `wheel`."""
        tag = str(how.pop("tag", "py3-none-any"))
        content = wheel(name, version, tag=tag, **how)  # type: ignore[arg-type]
        self.files[f"{name}-{version}-{tag}.whl"] = content

    def pages(self) -> dict[str, list[str]]:
        """The files of each project."""
        found: dict[str, list[str]] = {}
        for file in self.files:
            found.setdefault(file.split("-")[0].replace("_", "-"), []).append(file)
        return found


class Answering(BaseHTTPRequestHandler):
    """Answers for `index`, which a subclass has."""

    index: Index
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        index, path = self.index, self.path
        index.asked.append(path)
        if path in index.special:
            index.special[path](self)
        elif not self._allowed():
            self.answer(b"who is there?", status=401)
        elif path.startswith("/files/") and path.removeprefix("/files/") in index.files:
            self.answer(index.files[path.removeprefix("/files/")])
        elif path.startswith("/simple/") and (files := index.pages().get(path.split("/")[2])):
            self.answer(self._page(files), kind="text/html")
        else:
            self.answer(b"not here", status=404)

    def answer(self, body: bytes, *, status: int = 200, kind: str = "application/zip") -> None:
        """Answer all at once."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", "Basic")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _allowed(self) -> bool:
        wanted = base64.b64encode(f"team:{self.index.password}".encode()).decode()
        return not self.index.password or self.headers["Authorization"] == f"Basic {wanted}"

    def _page(self, files: Sequence[str]) -> bytes:
        links = (
            f'<a href="/files/{file}#sha256={hashlib.sha256(self.index.files[file]).hexdigest()}">'
            f"{file}</a>"
            for file in files
        )
        return f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Builders are killed in the middle of a download."""


@contextmanager
def serving_index(index: Index | None = None) -> Iterator[Index]:
    """An index in a thread of this process."""
    index = index or Index()
    handler = type("_Answering", (Answering,), {"index": index})
    with _Server(("127.0.0.1", 0), handler) as server:
        index.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()


def wheel(
    name: str,
    version: str = "1.0",
    *,
    files: Mapping[str, bytes | str] | None = None,
    requires: Sequence[str] = (),
    python: str = "",
    tag: str = "py3-none-any",
    links: Mapping[str, str] | None = None,
) -> bytes:
    """A wheel with one module, or these files; `links` are entries that say they are symlinks."""
    module = name.replace("-", "_")
    content = {f"{module}.py": f"version = {version!r}\n"} if files is None else files
    told = f"{module}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    metadata += [f"Requires-Dist: {each}" for each in requires]
    metadata += [f"Requires-Python: {python}"] if python else []
    everything: dict[str, bytes | str] = {
        **content,
        f"{told}/METADATA": "\n".join(metadata) + "\n",
        f"{told}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    everything.setdefault(f"{told}/RECORD", "".join(f"{file},,\n" for file in everything))
    return _zipped(everything, links or {})


def _zipped(files: Mapping[str, bytes | str], links: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(file, content)
        for file, target in links.items():
            entry = zipfile.ZipInfo(file)
            entry.create_system, entry.external_attr = 3, 0o120777 << 16
            archive.writestr(entry, target)
    return packed.getvalue()
