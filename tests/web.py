"""A web server of the tests: it does what each test tells it to, and remembers what was asked."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """One request: its path with the query, and its headers in lower case."""

    path: str
    headers: dict[str, str]


#: Answers a request on a handler; `reply` does it for the plain cases.
Answer = Callable[["Handler", Asked], None]


@dataclass
class Site:
    """A running server."""

    address: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def on(self, path: str, *answers: Answer) -> None:
        """Answer a path with these, one after the other; the last one stays."""
        left = list(answers)

        def next_one(handler: Handler, asked: Asked) -> None:
            (left.pop(0) if len(left) > 1 else left[0])(handler, asked)

        self.answers[path] = next_one


class Handler(BaseHTTPRequestHandler):
    """Looks for an answer by the path without its query."""

    protocol_version = "HTTP/1.1"
    #: Headers and body leave apart: waiting for one to be received costs 40 ms an answer.
    disable_nagle_algorithm = True
    site: Site

    def do_GET(self) -> None:
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
        self.site.asked.append(asked)
        self.site.answers.get(self.path.partition("?")[0], reply(b"absent", status=404))(
            self, asked
        )

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


class Server(ThreadingHTTPServer):
    """Says nothing of clients that leave before the end, which is what tests make them do."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def reply(body: bytes = b"", *, status: int = 200, **headers: str) -> Answer:
    """Answer with these bytes; ``Content_Type`` is the header Content-Type."""

    def answer(handler: Handler, asked: Asked) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextmanager
def serving() -> Iterator[Site]:
    """Run a server on a free port of this machine."""
    site = Site("")
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"site": site}))
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ranged(
    body: bytes, *, etag: str = "", modified: str = "", stop: int | None = None, **headers: str
) -> Answer:
    """Answer as sites of files do: the rest when it is asked for and still the same, else all.

    Parameters
    ----------
    body, etag, modified
        The file and what names its version.
    stop
        Close the connection after this many bytes of the answer.
    """

    def answer(handler: Handler, asked: Asked) -> None:
        start = 0
        wanted = asked.headers.get("range", "")
        if wanted and asked.headers.get("if-range") in (etag or None, modified or None):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        given = {"ETag": etag, "Last_Modified": modified, **headers}
        given = {name: value for name, value in given.items() if value}
        if start and start >= len(body):
            reply(status=416, Content_Range=f"bytes */{len(body)}", **given)(handler, asked)
            return
        rest = body[start:]
        if start:
            given["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        given["Content_Length"] = str(len(rest))
        reply(rest[:stop], status=206 if start else 200, **given)(handler, asked)
        if stop is not None:
            handler.close_connection = True

    return answer
