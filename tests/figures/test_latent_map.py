import numpy as np
import pandas as pd

from lso.figures.latent_map import draw

SHAPE = [16, 16]


def latents_of(stages):
    rows = [
        (stage, z0, z1, np.packbits(np.full(SHAPE, z0 + z1 > 1)).tobytes(), 256.0)
        for stage in stages
        for z0 in (-1.0, 1.0)
        for z1 in (-1.0, 1.0)
    ]
    return pd.DataFrame(rows, columns=["stage", "z0", "z1", "x", "y"])


def test_tiles_stand_at_their_latent_positions():
    """Only the tile of largest z0 and z1 is inked: it must come out top right."""
    history = pd.DataFrame({"z": [], "y": []})
    figure = draw(
        {"latents": latents_of(["before", "after"]), "history": history},
        shape=SHAPE,
        value_label="area",
    )
    before, _, bar = figure.axes
    image = before.images[0].get_array()
    assert image.shape == (34, 34, 3)
    assert image[8, 25].std() > 0.05  # coloured
    assert image[25, 8].std() < 1e-9  # grey
    assert before.images[0].get_extent() == [-2, 2, -2, 2]
    assert bar.get_ylabel() == "area"
    assert not figure.legends


def test_every_map_has_the_queries_made_by_its_stage():
    stages = ["before", "query 3", "after"]
    history = pd.DataFrame({"z": [np.full(3, i / 8) for i in range(5)]})
    frames = {"latents": latents_of(stages), "history": history}
    settings = {"shape": SHAPE, "value_label": "area", "latest_queries": 2, "stages": stages}
    *maps, _ = draw(frames, **settings).axes
    marks = [axes.lines[0].get_xydata()[:, 0].tolist() for axes in maps]
    assert marks == [[], [1 / 8, 2 / 8], [3 / 8, 4 / 8]]
