"""How far long work is, for someone who watches and for a log."""

import io
from collections.abc import Callable

import pytest

from essgeo.cli.progress import Meter
from essgeo.text import duration, size

NB, NN = "\u00a0", "\u202f"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def clock(*times: float) -> Callable[[], float]:
    left = iter(times)
    return lambda: next(left)


def test_a_log_has_a_line_now_and_then_with_what_is_left() -> None:
    log = io.StringIO()
    with Meter(size, log, clock(0, 1, 6, 7)) as meter:
        for done in (0, 10e6, 60e6, 70e6):
            meter("a.csv", done, 100e6)
    assert log.getvalue() == (f"a.csv : 60{NN}% (60{NB}Mo sur 100{NB}Mo), encore 4{NB}s\n")


def test_what_was_there_before_counts_for_nothing_in_the_speed() -> None:
    log = io.StringIO()
    meter = Meter(size, log, clock(0, 10))
    meter("a.csv", 80e6, 100e6)
    meter("a.csv", 90e6, 100e6)
    assert log.getvalue().endswith(f"encore 10{NB}s\n")


def test_work_whose_end_is_known_hides_work_without_an_end() -> None:
    log = io.StringIO()
    meter = Meter(stream=log, clock=clock(0, 0, 6, 6, 12, 13))
    meter("communes", 0, 3)
    meter("structures", 7)
    meter("communes", 1, 3)
    meter("structures", 9)
    meter("communes", 3, 3)
    meter("structures", 9)  # nothing else goes on, but too soon
    assert log.getvalue() == (
        f"communes : 33{NN}% (1 sur 3), encore 12{NB}s\n"
        f"communes : 100{NN}% (3 sur 3), encore 0{NB}s\n"
    )


def test_quick_work_leaves_no_trace_in_a_log() -> None:
    log = io.StringIO()
    with Meter(size, log, clock(0, 1, 2)) as meter:
        meter("a", 0, 2)
        meter("a", 2, 2)
        meter("b", 0, 2)
    assert log.getvalue() == ""


def test_a_terminal_has_one_line_wiped_at_the_end() -> None:
    screen = Terminal()
    with Meter(stream=screen, clock=clock(0, 0.1, 1)) as meter:
        meter("longue unité", 0, 4)
        meter("longue unité", 1, 4)  # too soon after the first
        meter("b", 1, 2)
    assert screen.getvalue().split("\r")[1:-1] == [
        f"longue unité : 0{NN}% (0 sur 4)",
        f"b : 50{NN}% (1 sur 2)".ljust(len(f"longue unité : 0{NN}% (0 sur 4)")),
        " " * len("b : 50 % (1 sur 2)"),
    ]


def test_a_line_never_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    screen = Terminal()
    Meter(stream=screen, clock=clock(0))("une unité au nom bien long", 1, 2)
    assert screen.getvalue() == "\rune unité a"


@pytest.mark.parametrize(
    ("octets", "said"),
    [(0, "0 octet"), (999, "999 octets"), (1500, "1,5 ko"), (705e6, "705 Mo"), (2.2e9, "2,2 Go")],
)
def test_sizes_are_french(octets: float, said: str) -> None:
    assert size(octets) == said.replace(" ", NB)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (89, "89 s"), (91, "2 min"), (4800, "80 min"), (6000, "1 h 40")],
)
def test_durations_are_french(seconds: float, said: str) -> None:
    assert duration(seconds) == said.replace(" ", NB)
