"""A small HTTP/1.1 client that knows to the byte what an answer took on the wire, and when."""

import socket
import time
from dataclasses import dataclass

_PIECE = 1 << 18


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    #: Head, framing and body together.
    wire_bytes: int
    #: From the request to the first byte of the body.
    first_byte_s: float
    #: From the request to the last byte of the body.
    total_s: float


class Connection:
    """One connection that is kept open."""

    def __init__(self, port: int, timeout_s: float = 60):
        self._host = f"127.0.0.1:{port}"
        self._socket = socket.create_connection(("127.0.0.1", port), timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        self._read = 0

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """Asks, and reads the whole answer."""
        lines = [f"GET {path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._read = 0
        start = time.perf_counter()
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        status, received = self._head()
        if not self._buffer:
            self._more()
        first_byte = time.perf_counter()
        if received.get("transfer-encoding") == "chunked":
            body = self._chunks()
        else:
            body = self._exactly(int(received["content-length"]))
        end = time.perf_counter()
        return Answer(status, received, body, self._read, first_byte - start, end - start)

    def _head(self) -> tuple[int, dict[str, str]]:
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in head[1:] if line)
        return int(head[0].split()[1]), {name.lower(): value.strip() for name, _, value in pairs}

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := int(self._until(b"\r\n"), 16):
            body += self._exactly(size)
            self._until(b"\r\n")
        self._until(b"\r\n")
        return bytes(body)

    def _until(self, mark: bytes) -> bytes:
        while (end := self._buffer.find(mark)) < 0:
            self._more()
        return self._exactly(end + len(mark))[: -len(mark)]

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return taken

    def _more(self) -> None:
        piece = self._socket.recv(_PIECE)
        if not piece:
            raise ConnectionError("the connection was closed before the answer was whole")
        self._read += len(piece)
        self._buffer += piece

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def fetch(port: int, path: str, headers: dict[str, str] | None = None) -> Answer:
    """One request over a connection of its own."""
    with Connection(port) as connection:
        return connection.get(path, headers)
