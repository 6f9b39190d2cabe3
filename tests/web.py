"""A web server of the tests: it does what each test tells it to, and remembers what was asked."""

from __future__ import annotations

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
    site: Site

    def do_GET(self) -> None:
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
        self.site.asked.append(asked)
        self.site.answers.get(self.path.partition("?")[0], reply(b"absent", status=404))(
            self, asked
        )

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


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
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"site": site}))
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
