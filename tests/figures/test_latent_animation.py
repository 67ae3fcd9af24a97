import numpy as np
import pandas as pd
from PIL import Image

from lso.figures.latent_animation import LAST, _pictures, draw

SHAPE = [16, 16]


def frames_of(*stages):
    rows = [
        (stage, z0, z1, np.packbits(np.full(SHAPE, i)).tobytes(), 256.0 * i)
        for i, stage in enumerate(stages)
        for z0 in (-1.0, 1.0)
        for z1 in (-1.0, 1.0)
    ]
    latents = pd.DataFrame(rows, columns=["stage", "z0", "z1", "x", "y"])
    history = pd.DataFrame({"z": [np.full(2, i / 8) for i in range(8)]})
    return {"latents": latents, "history": history}


def test_every_stage_is_a_picture_and_the_last_stands_longer(tmp_path):
    frames = frames_of("before", "query 5", "after")
    animation = draw(frames, shape=SHAPE, value_label="area")
    path = tmp_path / "map.gif"
    animation.save(path, writer="pillow", dpi=40)
    with Image.open(path) as picture:
        assert picture.n_frames == 3  # the format joins equal pictures and adds their times
        times = []
        for i in range(3):
            picture.seek(i)
            times.append(picture.info["duration"])
    assert times == [700, 700, 700 * LAST]


def test_pictures_between_stages_mark_the_queries_since_the_one_before():
    pictures = _pictures(["before", "after"], frames_of("before", "after")["history"], 3)
    assert [(p.title, p.stage) for p in pictures] == [
        ("before", "before"),
        ("query 3", "after"),
        ("query 6", "after"),
        ("after", "after"),
    ]
    assert [p.queries.index.tolist() for p in pictures] == [[], [0, 1, 2], [3, 4, 5], [6, 7]]
