"""Process 1 of a container that has a kernel of its own (gVisor), and carries the gateway's bytes.

No listener can be handed out of such a kernel, and no descriptor of a project: so TCP connections
on the loopback are carried to the gateway's mounted Unix socket, byte for byte. See `inside` for
what may be imported here.
"""

import _socket
import errno
import os
import select

from corral.sandbox import contained, inside

GATEWAY = "/corral/gateway.sock"
CHUNK = 65536
MOST_CONNECTIONS = inside.BACKLOG
RETRY_SECONDS = 0.02
GONE = select.EPOLLHUP | select.EPOLLERR
WAITS = (errno.EAGAIN, errno.EINTR)


class Channel:
    """One direction of a connection: at most one chunk waits in it."""

    def __init__(self, source: int, target: int) -> None:
        self.source, self.target = source, target
        self.waiting = b""
        self.ended = False  # nothing more comes from the source
        self.closed = False  # and the target knows it

    def read(self) -> None:
        """Take what is there; an error of the source is its end."""
        try:
            self.waiting = os.read(self.source, CHUNK)
            self.ended = not self.waiting
        except OSError as error:
            self.ended = error.errno not in WAITS

    def write(self) -> None:
        """Hand on what waits, and the end of the stream once all is handed on."""
        if self.waiting:
            try:
                self.waiting = self.waiting[os.write(self.target, self.waiting) :]
            except OSError as error:
                if error.errno not in WAITS:
                    self.waiting, self.ended = b"", True
        if self.ended and not self.waiting and not self.closed:
            self.closed = True
            shut_down_writing(self.target)

    def abandon(self) -> None:
        """Nobody takes anything at the target any more."""
        self.waiting, self.ended, self.closed = b"", True, True


class Connection:
    """A client inside, and its counterpart at the gateway."""

    def __init__(self, client: int, gateway: int) -> None:
        self.ends = (client, gateway)
        there, back = Channel(client, gateway), Channel(gateway, client)
        self.channels = (there, back)
        self.from_end = {client: there, gateway: back}
        self.to_end = {client: back, gateway: there}

    def wanted(self, end: int) -> "int | None":
        """What to wait for at one of the two ends, as a mask of epoll.

        A hang-up is reported whatever the mask, and again and again: None where it would say
        nothing new, or nothing that can be acted on yet.
        """
        source, target = self.from_end[end], self.to_end[end]
        mask = select.EPOLLOUT if target.waiting else 0
        if not source.ended and not source.waiting:
            mask |= select.EPOLLIN
        if not mask and (target.closed or not source.ended):
            return None
        return mask

    def move(self, end: int, event: int) -> None:
        """Something happened at this end: carry what can be carried."""
        source, target = self.from_end[end], self.to_end[end]
        if not source.ended and not source.waiting:
            source.read()
        if event & GONE:
            target.abandon()
        source.write()
        target.write()

    @property
    def over(self) -> bool:
        return all(channel.closed for channel in self.channels)


class Forwarder(inside.Loop):
    """Carries TCP connections on the loopback to the gateway's Unix socket."""

    def __init__(self, listener: "_socket.socket", worker: "_socket.socket") -> None:
        super().__init__(worker)
        self.connections: dict[int, Connection] = {}
        self.unmet: list[int] = []  # clients whose gateway end could not be connected yet
        self.listener = listener
        self.listener.setblocking(False)
        self.listening = False
        self.listen_if_room()

    def listen_if_room(self) -> None:
        """Accept only as many as there may be at once: the rest waits in the backlog."""
        room = len(self.connections) // 2 + len(self.unmet) < MOST_CONNECTIONS
        if room and not self.listening:
            self.poll.register(self.listener.fileno(), select.EPOLLIN)
        elif self.listening and not room:
            self.poll.unregister(self.listener.fileno())
        self.listening = room

    def turn(self) -> None:
        """Wait for something to happen, and do what it asks for."""
        for end, event in self.poll.poll(RETRY_SECONDS if self.unmet else None):
            if end == self.listener.fileno():
                self.accept()
            elif end in self.connections:
                self.carry(end, event)
        self.meet()
        self.listen_if_room()
        self.leave_without_worker()

    def accept(self) -> None:
        try:
            client, _ = self.listener._accept()  # type: ignore[attr-defined]
        except OSError:
            return
        os.set_blocking(client, False)
        as_socket = _socket.socket(fileno=client)
        as_socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.unmet.append(as_socket.detach())

    def meet(self) -> None:
        """Connect waiting clients to the gateway; a full backlog there means trying again."""
        clients, self.unmet = self.unmet, []
        for client in clients:
            gateway = connect_to_gateway()
            if gateway is None:
                self.unmet.append(client)
            elif gateway < 0:
                os.close(client)
            else:
                self.join(client, gateway)

    def join(self, client: int, gateway: int) -> None:
        connection = Connection(client, gateway)
        for end in connection.ends:
            self.connections[end] = connection
            self.watch(end, connection.wanted(end))

    def carry(self, end: int, event: int) -> None:
        connection = self.connections[end]
        connection.move(end, event)
        if connection.over:
            self.drop(connection)
            return
        for each in connection.ends:
            self.watch(each, connection.wanted(each))

    def watch(self, end: int, mask: "int | None") -> None:
        """Wait for `mask` at this end; None: for nothing, not even for a hang-up."""
        try:
            if mask is None:
                self.poll.unregister(end)
            else:
                self.poll.modify(end, mask)
        except FileNotFoundError:
            if mask is not None:
                self.poll.register(end, mask)

    def drop(self, connection: Connection) -> None:
        for end in connection.ends:
            self.watch(end, None)
            del self.connections[end]
            os.close(end)


def connect_to_gateway() -> "int | None":
    """A connected descriptor, None if the gateway is too busy just now, -1 if it is not there."""
    gateway = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    gateway.setblocking(False)
    try:
        gateway.connect(GATEWAY)
    except OSError as error:
        gateway.close()
        return None if error.errno in WAITS else -1
    return gateway.detach()


def shut_down_writing(descriptor: int) -> None:
    """End one direction; a connection that is already gone is fine."""
    as_socket = _socket.socket(fileno=descriptor)
    try:
        as_socket.shutdown(_socket.SHUT_WR)
    except OSError:
        return
    finally:
        as_socket.detach()


def main() -> None:
    """Serve until the project ends and the worker has seen it, or is gone.

    The project's limits are not this process's own: it needs two descriptors a connection.
    """
    listener, worker = contained.begin()
    contained.serve(worker, contained.take_orders(worker), Forwarder(listener, worker))
