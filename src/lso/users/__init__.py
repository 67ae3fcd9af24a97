"""Who chooses a position on a slider, one file per kind: oracles and simulated users."""
