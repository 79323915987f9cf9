"""What the hosts of a training tell each other beside tensors, and how they notice who is gone.

Before TensorFlow starts its own server, every process listens at its address and calls every other
one, so that all of them know that all can be reached. The connections stay: over them small values
are compared or passed on, and where one ends, or a process says why it ends, the others stop. What
is said is JSON, one line each; nothing else is taken. As TensorFlow's own connections they are not
encrypted and ask for no password: a network for these hosts alone is meant.
"""

import contextlib
import json
import os
import selectors
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any

from densedepth_tf.training.distribution.cluster import Cluster, split_address

GREETING = "densedepth-tf worker"
LONGEST = 1 << 28  # bytes of a line
LONGEST_REASON = 1000  # characters
_LONGEST_GREETING = 1 << 12
_THIS_MACHINE = ("localhost", "127.0.0.1")
_PAUSE = 0.2  # seconds between two calls of a host that does not answer
# Seconds after which a host that has lost its power or its network counts as gone: asked after so
# many seconds of silence, again after so many, and so often.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 4}


class HostLostError(ConnectionError):
    """Another process of the training has ended or cannot be reached; the message says which."""


class Hosts:
    """Connections to the other processes of a training; see `connected`.

    Args:
        cluster: Which they are.
        patience: Seconds that another process may take to be there.
    """

    def __init__(self, cluster: Cluster, patience: float):
        self.cluster, self._patience = cluster, patience
        self._to: dict[int, socket.socket] = {}
        self._from: dict[int, socket.socket] = {}
        self._said: dict[str, dict[int, deque[Any]]] = defaultdict(lambda: defaultdict(deque))
        self._lost: str | None = None
        self._left: set[int] = set()
        self._is_losing = self._closing = False
        self._news = threading.Condition()
        self.on_loss: Callable[[str], None] | None = None

    @property
    def lost(self) -> str | None:
        """What is to be told of the first process that has gone; None while all are there."""
        return self._lost

    def wait_for_loss(self, seconds: float) -> str | None:
        """`lost`, which may come a moment after an error that has the same reason."""
        with self._news:
            self._news.wait_for(lambda: self._lost is not None, seconds)
        return self._lost

    def gather(self, topic: str, value: Any, patience: float | None = None) -> list[Any]:  # noqa: ANN401
        """What every process says about a topic, in their order; all have to ask.

        Args:
            topic: What it is about.
            value: What this one says; anything that JSON holds.
            patience: Seconds that the others may take; by default without end, as long as they
                are there.

        Raises:
            HostLostError: If one of them has ended, or takes too long.
        """
        self._send({"topic": topic, "value": value})
        values = {self.cluster.index: value}
        heard = self._said[topic]
        with self._news:
            for number in self.cluster.others:
                self._news.wait_for(lambda: self._lost or heard[number], patience)  # noqa: B023
                if heard[number]:
                    values[number] = heard[number].popleft()
                    continue
                raise HostLostError(
                    self._lost
                    or f"{self.cluster.name(number)} did not answer within "
                    f"{patience:g} s. Received: nothing about {topic}"
                )
        return [values[number] for number in range(self.cluster.size)]

    def from_chief(self, topic: str, value: Any = None) -> Any:  # noqa: ANN401
        """The chief's value, on every process."""
        return self.gather(topic, value if self.cluster.index == 0 else None)[0]

    def connect(self) -> None:
        """Calls every other process and waits for their calls.

        Raises:
            HostLostError: If one of them is not there in time.
            OSError: If this process cannot listen at its address.
        """
        deadline = time.monotonic() + self._patience
        with self._listening():
            for number in self.cluster.others:
                self._to[number] = self._call(number, deadline)
            with self._news:
                everybody = len(self.cluster.others)
                left = deadline - time.monotonic()
                self._news.wait_for(lambda: len(self._from) == everybody, max(left, 0))
            missing = [number for number in self.cluster.others if number not in self._from]
            if missing:
                raise HostLostError(
                    f"{self.cluster.name(missing[0])} can be reached but did not "
                    f"reach this host, which is {self.cluster.name(self.cluster.index)}, within "
                    f"{self._patience:g} s"
                )
            threading.Thread(target=self._listen, daemon=True).start()
            # Whoever has heard from everybody here is called by nobody any more.
            self.gather("connected", True, self._patience)
        # The port is TensorFlow's now; nobody may call it before it is free.
        self.gather("listens no more", True, self._patience)

    def leave(self, reason: str | None = None) -> None:
        """Tells the others that this process ends, and why if it is not as they do."""
        self._closing = True
        with contextlib.suppress(OSError):
            said = None if reason is None else reason.strip().split("\n")[0][:LONGEST_REASON]
            self._send({"leaves": said})
        for connection in (*self._to.values(), *self._from.values()):
            with contextlib.suppress(OSError):  # So that nobody goes on listening.
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        own, _ = split_address(self.cluster.addresses[self.cluster.index])
        # Where all processes are on one machine nobody else has to reach it.
        interface = "127.0.0.1" if own in _THIS_MACHINE else ""
        both = not interface and socket.has_dualstack_ipv6()
        try:
            listener = socket.create_server(
                (interface, self.cluster.port),
                family=socket.AF_INET6 if both else socket.AF_INET,
                backlog=2 * self.cluster.size,
                dualstack_ipv6=both,
            )
        except OSError as error:
            raise OSError(
                f"Cannot listen at port {self.cluster.port} ({os.strerror(error.errno or 0)}): is "
                "another training of this host using it? Received: "
                f"'{self.cluster.addresses[self.cluster.index]}'"
            ) from error
        with listener:
            accepting = threading.Thread(target=self._accept, args=(listener,), daemon=True)
            accepting.start()
            try:
                yield
            finally:
                # A thread that waits for calls would keep the port.
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)
                accepting.join()

    def _call(self, number: int, deadline: float) -> socket.socket:
        address = split_address(self.cluster.addresses[number])
        reason = "no answer"
        while (left := deadline - time.monotonic()) > 0:
            try:
                connection = socket.create_connection(address, timeout=min(left, 5))
                _keep_alive(connection)
                connection.settimeout(None)
                greeting = {"greeting": GREETING, "worker": self.cluster.index}
                connection.sendall(_line(greeting))
                return connection
            except OSError as error:
                reason = error.strerror or str(error)
                time.sleep(min(_PAUSE, left))
        raise HostLostError(
            f"{self.cluster.name(number)} cannot be reached within "
            f"{self._patience:g} s ({reason}): start the same command there, and look at "
            "`workers`, `worker_index` and the firewall"
        )

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # It listens no more.
                return
            try:
                connection.settimeout(5)
                said = json.loads(_read_greeting(connection))
                number = said["worker"]
                if said["greeting"] != GREETING or number not in self.cluster.others:
                    raise ValueError
                connection.settimeout(None)
                _keep_alive(connection)
            except (OSError, ValueError, KeyError, TypeError):  # Somebody else.
                connection.close()
                continue
            with self._news:
                self._from[number] = connection
                self._news.notify_all()

    def _listen(self) -> None:
        """Takes what the others say, in a thread of its own, until they have left."""
        parts: dict[int, bytearray] = {number: bytearray() for number in self._from}
        with selectors.DefaultSelector() as selector:
            for number, connection in self._from.items():
                selector.register(connection, selectors.EVENT_READ, number)
            while selector.get_map():
                for key, _ in selector.select():
                    number = key.data
                    try:
                        received = key.fileobj.recv(1 << 16)  # type: ignore[union-attr]
                    except OSError:
                        received = b""
                    if not received or len(parts[number]) > LONGEST:
                        selector.unregister(key.fileobj)
                        self._gone(number)
                        continue
                    *lines, rest = (parts[number] + received).split(b"\n")
                    parts[number] = bytearray(rest)
                    for line in lines:
                        self._hear(number, line)

    def _hear(self, number: int, line: bytes) -> None:
        said = json.loads(line)
        if "leaves" in said:
            self._left.add(number)
            if said["leaves"] is not None:
                self._lose(f"{self.cluster.name(number)} stopped: {said['leaves']}")
            return
        with self._news:
            self._said[said["topic"]][number].append(said["value"])
            self._news.notify_all()

    def _gone(self, number: int) -> None:
        if number not in self._left:
            self._lose(
                f"{self.cluster.name(number)} has ended without a word; start the "
                "same command on every host to go on after the last finished epoch"
            )

    def _lose(self, reason: str) -> None:
        with self._news:
            if self._is_losing or self._closing:
                return
            self._is_losing = True
        if self.on_loss is not None:
            self.on_loss(reason)
        with self._news:
            self._lost = reason
            self._news.notify_all()

    def _send(self, what: dict[str, Any]) -> None:
        line = _line(what)
        for number, connection in self._to.items():
            try:
                connection.sendall(line)
            except OSError:
                self._gone(number)


@contextlib.contextmanager
def connected(cluster: Cluster, patience: float) -> Iterator[Hosts]:
    """Inside, the processes of a cluster are connected; how it ends, the others are told.

    Args:
        cluster: Which they are.
        patience: Seconds that another process may take to be there.

    Raises:
        HostLostError: If one of them is not there in time, or goes.
        OSError: If this process cannot listen at its address.
    """
    hosts = Hosts(cluster, patience)
    try:
        hosts.connect()
        yield hosts
    except KeyboardInterrupt:
        hosts.leave("it was interrupted")
        raise
    except HostLostError as error:
        hosts.leave(str(error))
        raise
    except BaseException as error:
        hosts.leave(str(error) or type(error).__name__)
        raise
    hosts.leave()


def _line(what: dict[str, Any]) -> bytes:
    return json.dumps(what).encode() + b"\n"


def _read_greeting(connection: socket.socket) -> bytes:
    """The first line, read byte by byte: what follows is for somebody else."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < _LONGEST_GREETING:
        received = connection.recv(1)
        if not received:
            raise ValueError
        line += received
    return bytes(line)


def _keep_alive(connection: socket.socket) -> None:
    """The system asks silent hosts whether they are there; without, a dead one would be awaited."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE.items():
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
