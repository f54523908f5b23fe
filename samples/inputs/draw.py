"""Writes the pictures of this folder and inputs.json, which says what each of them is. Run it in this folder."""

import importlib.util
import json
from pathlib import Path

import keras
import numpy as np
from PIL import Image

# Chosen among a few dozen: what the shapes model calls each of these changes with the watermark.
SCENE_SEEDS = {"circle": 2, "square": 14, "triangle": 31, "star": 20}
TWO_SHAPES_SEED = 6

SAMPLES = Path(__file__).resolve().parent.parent


def load(path):
    """A module by its file: both samples call theirs draw.py."""
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), SAMPLES / f"{path}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def save(name, pixels):
    Image.fromarray(pixels.squeeze()).save(name, optimize=True)


def predict(model, labels, pixels, sidecar):
    """The score of every label, for uint8 pixels [height, width, channels]."""
    x = (pixels * sidecar["scale"] - sidecar["mean"]) / sidecar["std"]
    scores = model.predict(x[None].astype("float32"), verbose=0)[0]
    return {label: round(float(score), 4) for label, score in zip(labels, scores)}


def digit_inputs():
    digits = load("digits/draw")
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    wanted = [(name, digit, {}) for digit, name in enumerate(names)]
    wanted += [
        ("seven-thin", 7, {"thickness": 1.4, "slant": 8}),
        ("seven-thick", 7, {"thickness": 4, "slant": 8}),
        ("seven-upright", 7, {"thickness": 2.6, "slant": 0}),
        ("seven-leaning", 7, {"thickness": 2.6, "slant": 28}),
    ]
    for name, digit, how in wanted:
        # The sevens are drawn from one seed, so that they differ in nothing but what their name says.
        how = how or {"thickness": 2.6, "slant": 8}
        pixels, thickness, slant = digits.draw_digit(digit, np.random.default_rng(40 + digit), **how)
        yield name, pixels, {"is": str(digit), "thickness": thickness, "slant": slant}

    # Between a four and a nine: the skeleton of an open four whose top closes little by little.
    for share, name in [(0, "four-open"), (0.33, "four-or-nine"), (1, "nine-closed")]:
        left, right = np.array([0.2, 0.02]), np.array([0.78, 0.02])
        bowl = digits.line(tuple(left), (0.16, 0.5), (0.78, 0.5))
        stem = digits.line(tuple(right), (0.74, 1))
        lid = digits.line(tuple(left), tuple(left + share * (right - left)))
        strokes = digits.place([bowl, stem] + [lid] * (share > 0), slant=8, turn=0, width=15, height=19, shift=0)
        about = {"is": "9" if share == 1 else "4", "thickness": 2.4, "slant": 8}
        if name == "four-or-nine":
            about["is"] = ["4", "9"]
        yield name, digits.ink(strokes, 2.4), about


def shape_inputs():
    """Pairs of one scene without and with the watermark, and a picture with two shapes in it."""
    shapes = load("shapes/draw")
    for label, name in enumerate(shapes.CLASSES):
        scene = shapes.draw_scene(label, np.random.default_rng(SCENE_SEEDS[name]))
        marked = shapes.stamp(scene.clean, scene.watermark)
        save(f"../masks/{name}.png", scene.mask)
        save(f"../masks/{name}.watermark.png", np.where(scene.watermark > 0, 255, 0).astype(np.uint8))
        yield name, scene.clean, {"is": name, "watermark": None, "mask": f"../masks/{name}.png"}
        yield f"{name}-watermarked", marked, {
            "is": name,
            "watermark": f"../masks/{name}.watermark.png",
            "mask": f"../masks/{name}.png",
        }

    rng = np.random.default_rng(TWO_SHAPES_SEED)
    picture, masks = shapes.draw_background(rng), {}
    for name, x, y in [("square", 19, 20), ("triangle", 45, 44)]:
        distance = shapes.shape_distance(shapes.CLASSES.index(name), x, y, 12, rng)
        picture = shapes.paint_shape(picture, distance, rng)
        masks[name] = f"../masks/square-and-triangle.{name}.png"
        save(masks[name], np.where(distance < 0, 255, 0).astype(np.uint8))
    pixels = np.round(255 * picture).astype(np.uint8)
    yield "square-and-triangle", pixels, {"is": ["square", "triangle"], "watermark": None, "mask": masks}


Path("../masks").mkdir(exist_ok=True)
entries = {}
for sample, inputs in [("digits", digit_inputs()), ("shapes", shape_inputs())]:
    model = keras.models.load_model(SAMPLES / sample / f"{sample}.keras")
    sidecar = json.loads((SAMPLES / sample / f"{sample}.lamina.json").read_text())
    labels = (SAMPLES / sample / sidecar["labels"]).read_text().split()
    for name, pixels, about in inputs:
        Path(sample).mkdir(exist_ok=True)
        save(f"{sample}/{name}.png", pixels)
        scores = predict(model, labels, pixels, sidecar["preprocess"])
        best = max(scores, key=scores.get)
        entries[f"{sample}/{name}.png"] = {"model": f"../{sample}/{sample}.keras", **about, "predicted": best, "scores": scores}
        print(f"{name}: {best} {scores[best]:.2f}")

Path("inputs.json").write_text(json.dumps(entries, indent=2) + "\n")
