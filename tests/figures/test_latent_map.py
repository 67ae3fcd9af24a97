import numpy as np
import pandas as pd

from lso.figures.latent_map import draw

SHAPE = [16, 16]


def test_tiles_stand_at_their_latent_positions():
    """Only the tile of largest z0 and z1 is inked: it must come out top right."""
    rows = [
        (stage, z0, z1, np.packbits(np.full(SHAPE, z0 + z1 > 1)).tobytes(), 256.0)
        for stage in ("before", "after")
        for z0 in (-1.0, 1.0)
        for z1 in (-1.0, 1.0)
    ]
    latents = pd.DataFrame(rows, columns=["stage", "z0", "z1", "x", "y"])
    history = pd.DataFrame({"z": [np.zeros(2), np.ones(2)], "y": [1.0, 2]})
    figure = draw(
        {"latents": latents, "history": history}, shape=SHAPE, value_label="area", latest_queries=1
    )
    before, after, bar = figure.axes
    image = before.images[0].get_array()
    assert image.shape == (34, 34, 3)
    assert image[8, 25].std() > 0.05  # coloured
    assert image[25, 8].std() < 1e-9  # grey
    assert before.images[0].get_extent() == [-2, 2, -2, 2]
    assert (len(before.lines), len(after.lines)) == (0, 1)
    assert after.lines[0].get_xydata().tolist() == [[1, 1]]
    assert bar.get_ylabel() == "area"
