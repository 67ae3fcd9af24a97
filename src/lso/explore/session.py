"""A person's session: every line offered so far, what was kept, undo, and its file.

A person is an objective: 1 for a chosen point. The methods run unchanged on the same `State`.
"""

import base64
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lso.checkpoints import read_checkpoint, write_checkpoint
from lso.explore.settings import method_of
from lso.geometry.subspace import Line
from lso.interfaces import Object, State, Task
from lso.methods._answers import line_in, remember_line
from lso.methods._line import LineMethod, draw_prior
from lso.optimisation import generator_for
from lso.storage import StorageError

DRAWS = 16  # from the prior at a restart, of which the first valid one counts


def ones(objects: list[Object]) -> Float[np.ndarray, "n"]:
    """Score what a person chose."""
    return np.ones(len(objects))


NOTHING = Task([], np.empty(0), np.empty(0, dtype=bool), ones)


@dataclass(frozen=True)
class Moment:
    """One query and the line that was offered after it.

    Args:
        number: of the line, never used twice, not even after undo.
        strategy: that offered the line.
        run: 0-based; a restart or another strategy begins a new run.
        z: (d,) the point chosen before the line was offered.
        x: its object.
        seconds: from the offer of the line before to this choice.
        memory: of the method, the line in it.
    """

    number: int
    strategy: str
    run: int
    z: Float[Tensor, "d"]
    x: Object | None
    seconds: float
    memory: dict[str, Tensor]

    @property
    def line(self) -> Line:
        """The line offered."""
        return line_in(State(NOTHING, None, self.z[None], memory=self.memory))


@dataclass(frozen=True)
class Kept:
    """An object that a person kept: latent point, object, line and position it was seen at."""

    z: Float[Tensor, "d"]
    x: Object
    number: int
    position: float
    strategy: str


@dataclass(frozen=True)
class Session:
    """All there is to save; every action returns a new one.

    Args:
        seed: of the first run; run r draws from seed + r.
        moments: oldest first; the last one is shown.
        kept: oldest first; nothing removes from it.
        revision: number of actions so far.
        target: object to reach, if any.
    """

    seed: int
    moments: tuple[Moment, ...] = ()
    kept: tuple[Kept, ...] = ()
    revision: int = 0
    lines: int = 0
    runs: int = 0
    target: Object | None = field(default=None)

    @property
    def now(self) -> Moment:
        """The moment that is shown."""
        return self.moments[-1]

    def begin(
        self,
        model: Any,
        strategy: str,
        start: tuple[Float[Tensor, "d"], Object | None] | None = None,
        seconds: float = 0.0,
    ) -> "Session":
        """Begin a run at a start, else where the method itself starts; offer its first line."""
        method, state = method_of(strategy), State.initial(NOTHING, model)
        generator = generator_for(self.seed + self.runs, 0)
        if start is not None:
            state = state.append(start[0][None], [start[1]], np.ones(1))
        if start is None or isinstance(method, LineMethod):
            state = _advance(method, state, generator)
        if start is None:
            z = method.ask(state, generator)[:1]
            state = state.append(z, model.decode(z, generator), np.ones(1))
        return self._offer(replace(self, runs=self.runs + 1), method, strategy, state, seconds)

    def choose(
        self, model: Any, z: Float[Tensor, "d"], x: Object | None, seconds: float
    ) -> "Session":
        """Tell the choice on the current line, offer the next."""
        state = self.state(model).append(z[None], [x], np.ones(1))
        return self._offer(self, method_of(self.now.strategy), self.now.strategy, state, seconds)

    def restart(self, model: Any) -> "Session":
        """Begin a run of the same strategy at a fresh draw from the prior, valid if one is."""
        generator = generator_for("restart", self.seed, self.runs)
        z = draw_prior(model, DRAWS, generator)
        x = model.decode(z, generator)
        first = next((i for i, item in enumerate(x) if item is not None), 0)
        return self.begin(model, self.now.strategy, (z[first], x[first]))

    def undo(self) -> "Session":
        """Take the last line back; what was kept stays.

        Raises:
            ValueError: there is nothing that can be taken back.
        """
        if not self.can_undo:
            raise ValueError("nothing to undo")
        return replace(self, moments=self.moments[:-1], revision=self.revision + 1)

    @property
    def can_undo(self) -> bool:
        """Whether the moment before still has its memory."""
        return len(self.moments) > 1 and bool(self.moments[-2].memory)

    def keep(self, kept: Kept) -> "Session":
        """Keep an object, once."""
        same = any(torch.equal(k.z, kept.z) for k in self.kept)
        more = () if same else (kept,)
        return replace(self, kept=self.kept + more, revision=self.revision + 1)

    def aim(self, target: Object | None) -> "Session":
        """Set or clear the target."""
        return replace(self, target=target, revision=self.revision + 1)

    def state(self, model: Any) -> State:
        """The state of the current run."""
        moments = [m for m in self.moments if m.run == self.now.run]
        z, x = torch.stack([m.z for m in moments]), [m.x for m in moments]
        y = torch.ones(len(x), dtype=torch.float64)
        return State(NOTHING, model, z, x, y, self.now.memory)

    def forget(self, steps: int) -> "Session":
        """Drop the memory of moments that cannot be undone to any more."""
        old = tuple(replace(m, memory={}) for m in self.moments[: -steps - 1])
        return replace(self, moments=old + self.moments[-steps - 1 :])

    @staticmethod
    def _offer(
        session: "Session", method: Any, strategy: str, state: State, seconds: float
    ) -> "Session":
        run, point = session.runs - 1, (state.z[-1], state.x[-1])
        generator = generator_for(session.seed + run, len(state.y))
        state = _advance(method, state, generator)
        if not isinstance(method, LineMethod):  # a single point, with nothing to choose
            z = method.ask(state, generator)[0]
            state = remember_line(state, Line(z, torch.zeros_like(z), 0.0))
        moment = Moment(session.lines, strategy, run, *point, seconds, state.memory)
        return replace(
            session,
            moments=(*session.moments, moment),
            lines=session.lines + 1,
            revision=session.revision + 1,
        )


def _advance(method: Any, state: State, generator: torch.Generator) -> State:
    advance = method.advance if isinstance(method, LineMethod) else method.tell
    return advance(state, generator)


def write_session(path: Path, session: Session, model_digest: str) -> None:
    """Write atomically; raises StorageError. Tensors that moments share are stored once."""
    names: dict[int, str] = {}
    tensors: dict[str, Tensor] = {}

    def name(tensor: Tensor) -> str:
        if id(tensor) not in names:
            names[id(tensor)] = f"t{len(names)}"
            tensors[names[id(tensor)]] = tensor
        return names[id(tensor)]

    def record(item: Moment | Kept) -> dict:
        entry = dict(vars(item)) | {"z": name(item.z), "x": _to_text(item.x)}
        if isinstance(item, Moment):
            entry["memory"] = {key: name(tensor) for key, tensor in item.memory.items()}
        return entry

    entry = dict(vars(session)) | {"target": _to_text(session.target), "model": model_digest}
    entry["moments"] = [record(m) for m in session.moments]
    entry["kept"] = [record(k) for k in session.kept]
    write_checkpoint(path, tensors, {"session": entry})


def read_session(path: Path, model_digest: str) -> Session:
    """Read a session.

    Raises:
        StorageError: damaged, not a session, or one of another model; it is left as it is.
    """
    advice = "move it away, or name another with session=FILE"
    try:
        tensors, metadata = read_checkpoint(path)
    except StorageError as error:
        raise StorageError(f"the session {path} cannot be read; {advice} ({error})") from error
    entry = metadata.get("session")
    if not isinstance(entry, dict):
        raise StorageError(f"{path} is not a session; {advice}")
    if entry.pop("model", None) != model_digest:
        raise StorageError(f"the session {path} belongs to another model; {advice}")
    try:
        return _restored(entry, tensors)
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise StorageError(f"{path} is not a session ({error!r}); {advice}") from error


def _restored(entry: dict, tensors: dict[str, Tensor]) -> Session:
    """A session from what was written of it."""

    def restored(record: dict) -> dict:
        return record | {"z": tensors[record["z"]], "x": _to_object(record["x"])}

    moments = []
    for record in entry["moments"]:
        memory = {key: tensors[value] for key, value in record["memory"].items()}
        moments.append(Moment(**restored(record) | {"memory": memory}))
    kept = tuple(Kept(**restored(record)) for record in entry["kept"])
    target = _to_object(entry["target"])
    return Session(**entry | {"moments": tuple(moments), "kept": kept, "target": target})


def _to_text(item: Object | None) -> dict | None:
    if isinstance(item, bytes):
        return {"bytes": base64.b64encode(item).decode()}
    return None if item is None else {"text": item}


def _to_object(entry: dict | None) -> Object | None:
    if entry is None:
        return None
    return base64.b64decode(entry["bytes"]) if "bytes" in entry else entry["text"]
