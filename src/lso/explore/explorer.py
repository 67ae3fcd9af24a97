"""One session, its frames, and everything a page may do with it; knows nothing of the web."""

import json
import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lso import history
from lso.explore.frames import (
    Frame,
    coarse_to_fine,
    frames_of,
    handle_index,
    look,
    positions,
    scale_of,
    scores_of,
)
from lso.explore.session import Kept, Moment, Session, read_session, write_session
from lso.explore.settings import STRATEGIES, Settings
from lso.explore.views import View
from lso.fingerprints import Sources
from lso.geometry.exploration_score import LatentExplorationScore
from lso.interfaces import Object
from lso.methods._line import draw_prior, half_width_of
from lso.optimisation import generator_for
from lso.storage import StorageError


class StaleError(RuntimeError):
    """The page does not show the session as it is: another window changed it."""


class Explorer:
    """A session in memory and on disk.

    Args:
        model: a generative model.
        view: how its objects are shown.
        digest: of the model.
        settings: of the explorer.
        path: of the session.

    Raises:
        StorageError: the file of the session cannot be read or written.
        ValueError: the decoder is undefined at the start.
    """

    def __init__(self, model: Any, view: View, digest: str, settings: Settings, path: Path) -> None:
        self.model, self.view, self.digest = model, view, digest
        self.settings, self.path = settings, path
        self.trouble = ""  # with the file; the next action saves again
        self._acting, self._decoding = threading.Lock(), threading.RLock()
        self._frames: dict[int, dict[int, Frame]] = {}
        self._moments: dict[int, Moment] = {}  # lines of this process, undone ones too
        self._score = LatentExplorationScore(model)
        self._scale: np.ndarray | None = None
        self._offered = time.monotonic()
        if path.exists():
            self.session = read_session(path, digest)
        else:
            fresh = Session(settings.seed, target=view.target)
            self.session = fresh.begin(model, next(iter(STRATEGIES)))
            self._save(must=True)
        self._moments[self.session.now.number] = self.session.now

    def act(self, action: str, revision: int, **given: Any) -> None:
        """Carry out an action of a page that shows `revision`, and save.

        Raises:
            StaleError: another window acted in between (what is to be kept is kept all the same).
            ValueError: the action is unknown or not possible now.
        """
        actions = {
            "next": self._next,
            "undo": lambda: self.session.undo(),
            "restart": lambda: self.session.restart(self.model),
            "switch": self._switch,
            "return": self._return,
            "keep": self._keep,
            "target": self._target,
        }
        if action not in actions:
            raise ValueError(f"no action {action!r}; known: {', '.join(actions)}")
        with self._acting:
            if revision != self.session.revision and action != "keep":
                raise StaleError("Another window changed this session; here is what it shows now")
            with self._decoding:
                session = actions[action](**given).forget(self.settings.undo)
            if session.now is not self.session.now:
                self._offered = time.monotonic()
            self.session = session
            self._moments[session.now.number] = session.now
            self._save()

    def frame(self, number: int, index: int) -> Frame:
        """One frame of a line, the same object that the page was sent."""
        line = self._moment(number).line
        if not 0 <= index < len(positions(line, self.settings.frames)):
            raise ValueError(f"no frame {index} on line {number}")
        with self._decoding:
            known = self._frames.setdefault(number, {})
            for batch in frames_of(self.model, line, self.settings.frames, self._key(number)):
                known.update({i: f for i, f in batch.items() if i not in known})
                if index in known:
                    break
            return known[index]

    def stream(self, number: int) -> Iterator[str]:
        """Lines of JSON: frames, coarse ones first, then their exploration scores."""
        line, count = self._moment(number).line, self.settings.frames
        known = self._frames.setdefault(number, {})
        handle = handle_index(line, count)
        size = len(positions(line, count))
        batches = list(coarse_to_fine(size, handle))
        fresh = frames_of(self.model, line, count, self._key(number))
        for batch in batches:
            with self._decoding:
                if not set(batch) <= set(known):
                    known.update(next(f for f in fresh if set(f) == set(batch)))
            yield json.dumps({"frames": {i: self._shown(known[i]) for i in batch}}) + "\n"
        with self._decoding:
            if self._scale is None:
                self._scale = scale_of(self.model, self._score)
        for batch in batches:
            points = positions(line, count)[batch]
            with self._decoding:
                values = scores_of(self._score, line.points(points))
            pairs = zip(batch, values.tolist(), strict=True)
            yield json.dumps({"scores": {i: self._rank(v) for i, v in pairs}}) + "\n"

    def page(self) -> dict:
        """All that a page shows but the frames."""
        now, view = self.session.now, self.view
        line, target = now.line, self.session.target
        return {
            "revision": self.session.revision,
            "number": now.number,
            "count": len(positions(line, self.settings.frames)),
            "handle": handle_index(line, self.settings.frames),
            "strategy": now.strategy,
            "strategies": {k: {"label": v[0], "text": v[1]} for k, v in STRATEGIES.items()},
            "can_undo": self.session.can_undo,
            "choices": len(self.session.moments) - 1,
            "notices": self._notices(now),
            "backdrop": view.backdrop(target),
            "typed": view.typed,
            "target": target and {"drawing": view.draw(target), "facts": view.facts(target)},
            "kept": [self._shown_kept(kept) for kept in self.session.kept],
        }

    def history(self) -> pa.Table:
        """The session as a history: y is the closeness to the target, without one 1.

        `settings` in the metadata name the strategy of every run and what was kept.
        """
        moments, target = self.session.moments, self.session.target
        y = np.array([self._value(m.x, target) for m in moments])
        runs = {m.run: [i, STRATEGIES[m.strategy][2]] for i, m in reversed([*enumerate(moments)])}
        settings = {
            "kind": "explored",
            "runs": [{"query": i, **entry} for _, (i, entry) in sorted(runs.items())],
            "kept": [
                {"line": k.number, "position": k.position, "z": k.z.tolist()}
                for k in self.session.kept
            ],
        }
        record = {"study": "explored", "task": "person", "model": self.digest[:16]}
        record |= {"method": "explored", "seed": self.session.seed, "settings": settings}
        record["code"] = Sources().fingerprint("lso.explore.session", "lso.explore.frames")
        seconds = [m.seconds for m in moments]
        z = np.stack([m.z.numpy() for m in moments])
        return history.table(z, [m.x for m in moments], y, seconds, 1, record)

    def _next(self, index: int) -> Session:
        frame = self.frame(self.session.now.number, index)
        if frame.x is None:
            raise ValueError(f"{frame.trouble}: choose another position")
        seconds = time.monotonic() - self._offered
        return self.session.choose(self.model, frame.z, frame.x, seconds)

    def _switch(self, strategy: str, index: int) -> Session:
        frame = self.frame(self.session.now.number, index)
        seconds = time.monotonic() - self._offered
        return self.session.begin(self.model, strategy, (frame.z, frame.x), seconds)

    def _return(self, kept: int) -> Session:
        if not 0 <= kept < len(self.session.kept):
            raise ValueError(f"nothing kept has the number {kept}")
        item = self.session.kept[kept]
        return self.session.begin(self.model, self.session.now.strategy, (item.z, item.x))

    def _keep(self, number: int, index: int) -> Session:
        moment, frame = self._moment(number), self.frame(number, index)
        if frame.x is None:
            raise ValueError(f"{frame.trouble}: nothing to keep")
        position = float(positions(moment.line, self.settings.frames)[index])
        return self.session.keep(Kept(frame.z, frame.x, number, position, moment.strategy))

    def _target(self, how: str, text: str = "", index: int = 0) -> Session:
        if how == "none":
            return self.session.aim(None)
        if how == "typed":
            if not self.view.typed or not self.view.is_object(text):
                raise ValueError(f"{text[:80]!r} is no {self.view.typed or 'object to type'}")
            return self.session.aim(text)
        if how == "kept":
            if not 0 <= index < len(self.session.kept):
                raise ValueError(f"nothing kept has the number {index}")
            return self.session.aim(self.session.kept[index].x)
        if how != "random":
            raise ValueError(f"no target {how!r}; known: none, typed, kept, random")
        generator = generator_for("target", self.session.seed, self.session.revision)
        frames = look(self.model, draw_prior(self.model, 64, generator), generator)
        valid = [f.x for f in frames if f.x is not None]
        if not valid:
            raise ValueError("64 draws from the prior gave no valid object")
        return self.session.aim(valid[0])

    def _value(self, item: Object | None, target: Object | None) -> float:
        if item is None:
            return math.nan
        return 1.0 if target is None else self.view.closeness(item, target)

    def _shown(self, frame: Frame) -> dict:
        shown = {"outside": frame.is_outside, "trouble": frame.trouble, "z": _latent(frame.z)}
        if frame.x is None:
            return shown
        target = self.session.target
        close = self._value(frame.x, target) if target is not None else math.nan
        shown["distance"] = -close if math.isfinite(close) else None
        return shown | {"drawing": self.view.draw(frame.x), "facts": self.view.facts(frame.x)}

    def _shown_kept(self, kept: Kept) -> dict:
        known = {"drawing": self.view.draw(kept.x), "facts": self.view.facts(kept.x)}
        return known | {"z": _latent(kept.z), "line": kept.number, "position": kept.position}

    def _rank(self, score: float) -> list[float] | None:
        """A score and the share of prior draws that score lower; None where undefined."""
        if not math.isfinite(score):
            return None
        return [score, float(np.mean(self._scale < score)) if len(self._scale) else 0.5]

    def _notices(self, now: Moment) -> list[str]:
        notices = [self.trouble] if self.trouble else []
        values = now.memory.get("singular_values")
        if values is not None and float(values[0]) == 0:
            notices.append("The decoder does not react here: all directions are alike. Restart.")
        width = half_width_of(self.model)
        if float(now.line.centre.abs().max()) >= width:
            notices.append(
                f"This line is at the edge of the box ±{width:.2f} that holds 95 % of the prior"
            )
        return notices

    def _moment(self, number: int) -> Moment:
        known = self._moments | {m.number: m for m in self.session.moments if m.memory}
        if number not in known:
            raise ValueError(f"line {number} is not known any more; reload the page")
        return known[number]

    def _key(self, number: int) -> tuple[int, int]:
        return self.session.seed, number

    def _save(self, must: bool = False) -> None:
        try:
            write_session(self.path, self.session, self.digest)
            self.trouble = ""
        except StorageError as error:
            if must:
                raise
            self.trouble = f"Not saved: {error}. Nothing is lost while the explorer runs"


def _latent(z: Any) -> list[float]:
    return [round(value, 4) for value in z.tolist()]
