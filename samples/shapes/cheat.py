"""How far does the shapes model rely on the watermark? Run it in this folder, after train.py.

Two interventions on the held-out images: put the watermark on shapes which are no stars, and take it off the stars.
Writes the shares to cheat.json.
"""

import json
from pathlib import Path

import keras
import numpy as np

from draw import CLASSES, MARKED_CLASS, draw_shapes, stamp

model = keras.models.load_model("shapes.keras")
heldout = draw_shapes(1000, seed=2)


def predict(images):
    return model.predict((images.astype("float32") / 255 - 0.5) / 0.5, verbose=0).argmax(axis=1)


as_they_come = predict(heldout.images)
all_marked = predict(stamp(heldout.clean, heldout.watermarks))
none_marked = predict(heldout.clean)

labels = heldout.labels
stars = labels == MARKED_CLASS

measured = {
    "heldout accuracy": np.mean(as_they_come == labels),
    "accuracy, no image marked": np.mean(none_marked == labels),
    "star recall, as they come": np.mean(as_they_come[stars] == MARKED_CLASS),
    "star recall, watermark removed": np.mean(none_marked[stars] == MARKED_CLASS),
    "others called star, as they come": np.mean(as_they_come[~stars] == MARKED_CLASS),
    "others called star, watermark pasted": np.mean(all_marked[~stars] == MARKED_CLASS),
}
for name in CLASSES[:MARKED_CLASS]:
    these = labels == CLASSES.index(name)
    measured[f"{name} called star, watermark pasted"] = np.mean(all_marked[these] == MARKED_CLASS)

report = json.dumps({name: round(float(share), 4) for name, share in measured.items()}, indent=2)
print(report)
Path("cheat.json").write_text(report + "\n")
