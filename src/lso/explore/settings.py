"""What may be set when the explorer starts, and the strategies it offers."""

from dataclasses import dataclass

from lso.components import build
from lso.interfaces import Method

# name -> label, what a person is told, and the config entry of the method
STRATEGIES = {
    "subspace": (
        "Subspace search",
        "Along what the decoder reacts to most",
        # chiu2020, user study: tolerance 0.03, the centre moves only if the choice does
        {"kind": "subspace_search", "recentre": "moved", "tolerance": 0.03},
    ),
    "random": ("Random line", "Any direction, equally likely", {"kind": "random_line"}),
    "sequential": (
        "Sequential line search",
        "Learns your taste from every choice",
        {"kind": "sequential_line_search"},
    ),
    "prior": ("Prior", "A fresh object each time, no slider", {"kind": "prior_sampling"}),
}


@dataclass(frozen=True)
class Settings:
    """Settings of the explorer.

    Args:
        host: address to listen on; anything but loopback lets others in, without a password.
        port: to listen on; 0 takes a free one.
        session: file of the session; empty means beside the checkpoint.
        seed: of the session.
        frames: K positions of a slider, odd, so that the middle is one of them.
        undo: how many steps can be taken back.
    """

    host: str = "127.0.0.1"
    port: int = 8642
    session: str = ""
    seed: int = 0
    frames: int = 101
    undo: int = 30

    def __post_init__(self) -> None:
        if self.frames < 3 or self.frames % 2 == 0:
            raise ValueError(f"frames must be odd and >= 3, came {self.frames}")
        if not 0 <= self.port < 2**16:
            raise ValueError(f"port must be in [0, 65535], came {self.port}")
        if self.undo < 1:
            raise ValueError(f"undo must be >= 1, came {self.undo}")


def method_of(strategy: str) -> Method:
    """Build the method of a strategy; raises ValueError naming the known ones."""
    if strategy not in STRATEGIES:
        raise ValueError(f"no strategy {strategy!r}; known: {', '.join(STRATEGIES)}")
    return build("methods", STRATEGIES[strategy][2])
