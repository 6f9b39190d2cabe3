"""Start Streamlit as ``streamlit run`` does, and write down how long each script run takes.

The app is left untouched: two methods of Streamlit are wrapped. One JSON line a run goes to the
file named by ``ESSGEO_TEST_MESURES``:

- ``seconds``: from the script's start to the moment when its last message is on the wire;
- ``cpu``: processor time of the whole server meanwhile: what is left of the figure above when
  other programs want the processor too;
- ``bytes``: of all its messages; ``tables``: of those that carry a table's data;
- ``messages``: their number; ``reruns``: how many times the script asked to start over;
- ``session``: which visitor it is.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.web import cli
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

#: Elements whose message is a table's data.
TABLES = {"dataframe", "table"}

#: A « script finished » message is a few dozen bytes: larger ones are not parsed while measuring.
SMALL = 512


@dataclass
class Run:
    """A visitor's run in progress."""

    start: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=time.process_time)
    sent: list[bytes] = field(default_factory=list)
    reruns: int = 0


class Recorder:
    """Messages of the runs in progress, one a visitor."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock = threading.Lock()
        self.runs: dict[str, Run] = {}

    def begin(self, session: str) -> None:
        """Note that a script starts."""
        with self.lock:
            self.runs.setdefault(session, Run())

    def message(self, session: str, payload: bytes) -> None:
        """Note a message that has been sent; the last one of a run closes its line."""
        now = time.perf_counter()
        with self.lock:
            run = self.runs.get(session)
            if run is None:
                return
            run.sent.append(payload)
            if len(payload) > SMALL:
                return
            message = ForwardMsg.FromString(payload)
            if message.WhichOneof("type") != "script_finished":
                return
            if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                run.reruns += 1
                return
            line = {
                "seconds": now - run.start,
                "cpu": time.process_time() - run.cpu,
                "reruns": run.reruns,
                "session": session,
            }
            del self.runs[session]
        # Parsing big messages comes after the measure, not inside it.
        asyncio.get_running_loop().call_later(0.05, self.write, line, run.sent)

    def write(self, line: dict[str, Any], sent: list[bytes]) -> None:
        """Write the line of a run."""
        tables = 0
        kinds: dict[str, int] = {}
        for payload in sent:
            message = ForwardMsg.FromString(payload)
            kind = str(message.WhichOneof("type"))
            if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                kind = str(message.delta.new_element.WhichOneof("type"))
            kinds[kind] = kinds.get(kind, 0) + len(payload)
            if kind in TABLES:
                tables += len(payload)
        line |= {
            "bytes": sum(map(len, sent)),
            "tables": tables,
            "messages": len(sent),
            "kinds": dict(sorted(kinds.items(), key=lambda item: -item[1])),
        }
        with open(self.path, "a", encoding="utf-8") as handle:  # noqa: PTH123 - the path is a string
            handle.write(json.dumps(line) + "\n")


class WatchedSocket:
    """A websocket that tells the recorder what it has sent."""

    def __init__(self, websocket: Any, recorder: Recorder) -> None:
        self._websocket = websocket
        self._recorder = recorder
        self._session = ""

    def __getattr__(self, name: str) -> Any:
        """Pass on what is not watched."""
        return getattr(self._websocket, name)

    async def send_bytes(self, payload: bytes) -> None:
        """Send, then note."""
        await self._websocket.send_bytes(payload)
        if not self._session:
            # The first message of a visitor says who he is.
            self._session = ForwardMsg.FromString(payload).new_session.initialize.session_id
        self._recorder.message(self._session, payload)


def watch(recorder: Recorder) -> None:
    """Wrap the two methods."""
    run_script = ScriptRunner._run_script
    build = StarletteSessionClient.__init__

    def watched_run(self: ScriptRunner, rerun_data: Any) -> None:
        recorder.begin(self._session_id)
        run_script(self, rerun_data)

    def watched_build(self: StarletteSessionClient, websocket: Any) -> None:
        build(self, WatchedSocket(websocket, recorder))  # type: ignore[arg-type]

    ScriptRunner._run_script = watched_run  # type: ignore[method-assign]
    StarletteSessionClient.__init__ = watched_build  # type: ignore[method-assign]


if __name__ == "__main__":
    watch(Recorder(os.environ["ESSGEO_TEST_MESURES"]))
    sys.argv = ["streamlit", "run", *sys.argv[1:]]
    sys.exit(cli.main())
