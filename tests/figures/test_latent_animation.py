import numpy as np
import pandas as pd
from PIL import Image

from lso.figures.latent_animation import LAST, draw

SHAPE = [16, 16]


def test_every_stage_is_a_picture_and_the_last_stands_longer(tmp_path):
    rows = [
        (stage, z0, z1, np.packbits(np.full(SHAPE, i)).tobytes(), 256.0 * i)
        for i, stage in enumerate(("before", "query 5", "after"))
        for z0 in (-1.0, 1.0)
        for z1 in (-1.0, 1.0)
    ]
    latents = pd.DataFrame(rows, columns=["stage", "z0", "z1", "x", "y"])
    animation = draw({"latents": latents}, shape=SHAPE, value_label="area")
    path = tmp_path / "map.gif"
    animation.save(path, writer="pillow", dpi=40)
    with Image.open(path) as picture:
        assert picture.n_frames == 3  # the format joins equal pictures and adds their times
        times = []
        for i in range(3):
            picture.seek(i)
            times.append(picture.info["duration"])
    assert times == [700, 700, 700 * LAST]
