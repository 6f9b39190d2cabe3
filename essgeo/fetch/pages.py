"""Pages of a service, asked for politely: what is kept is not asked again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests

from essgeo.fetch import http
from essgeo.sources.kept import Kept, Query, key_of

#: Requests a second; the API refuses more than seven.
RATE = 6.0


class Clock(Protocol):
    """What time is asked of; tests have their own."""

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


@dataclass
class Pace:
    """Lets requests through one by one, never faster than a rate.

    Parameters
    ----------
    clock
        Where time comes from.
    rate
        Requests a second.
    """

    clock: Clock = time
    rate: float = field(default_factory=lambda: RATE)
    _next: float = 0.0

    def wait(self) -> None:
        """Wait until the next request may leave."""
        now = self.clock.monotonic()
        if now < self._next:
            self.clock.sleep(self._next - now)
            now = self._next
        self._next = now + 1 / self.rate


@dataclass
class Asker:
    """Asks for pages, or takes those that are kept.

    Parameters
    ----------
    session
        From `essgeo.fetch.http.open_session`.
    address
        Address of the service.
    kept
        Where answers are kept.
    pace
        Between two requests.
    asked
        Requests made.
    """

    session: requests.Session
    address: str
    kept: Kept
    pace: Pace
    asked: int = 0

    def page(self, query: Query, attempt: int = 0) -> Any:
        """Return the answer to a query: the one that is kept, or the one it gets and keeps.

        Parameters
        ----------
        query
            Parameters.
        attempt
            The same query may be asked again: each attempt is kept beside the others.

        Raises
        ------
        NetworkError
            As `essgeo.fetch.http.get_json`.
        """
        key = key_of(query, attempt)
        found = self.kept.get(key)
        if found is None:
            found = self.ask(query)
            self.kept.put(key, found)
        return found

    def ask(self, query: Query) -> Any:
        """Return the answer to a query, without keeping it."""
        self.pace.wait()
        self.asked += 1
        return http.get_json(self.session, self.address, query)
