"""Handwritten-looking digits, drawn from skeletons.

A digit is a few strokes in the unit square (x to the right, y down). Each drawing warps the strokes smoothly, then
scales, leans, turns and shifts them, and inks every pixel by its distance to the nearest stroke. Nothing is
downloaded, and the thickness and slant of every image are known exactly.
"""

from dataclasses import dataclass

import numpy as np

SIZE = 28
EDGE = 1.4  # pixels over which a stroke fades to black
PIXEL_Y, PIXEL_X = np.mgrid[0:SIZE, 0:SIZE] + 0.5


@dataclass
class Digits:
    images: np.ndarray  # uint8 [n, 28, 28, 1], white ink on black
    labels: np.ndarray  # int64 [n], 0 to 9
    thickness: np.ndarray  # float32 [n], width of the stroke in pixels
    slant: np.ndarray  # float32 [n], degrees, positive leans to the right


def line(*points):
    """A polyline, with points added between its corners so that a warp can bend it."""
    corners = np.array(points, float)
    position = np.arange(len(corners))
    fine = np.linspace(0, len(corners) - 1, 4 * (len(corners) - 1) + 1)
    return np.stack([np.interp(fine, position, corners[:, axis]) for axis in (0, 1)], axis=1)


def arc(x, y, radius_x, radius_y, start, end):
    """Part of an ellipse. Angles in degrees, clockwise, 0 points to the right."""
    angle = np.radians(np.linspace(start, end, max(4, int(abs(end - start) / 20))))
    return np.stack([x + radius_x * np.cos(angle), y + radius_y * np.sin(angle)], axis=1)


def joined(*parts):
    return np.concatenate(parts)


# Every way each digit may be written: a list of strokes each.
SKELETONS = {
    0: [
        [arc(0.5, 0.5, 0.34, 0.5, -90, 270)],
    ],
    1: [
        [line((0.5, 0), (0.5, 1))],
        [line((0.28, 0.22), (0.54, 0), (0.54, 1))],
        [line((0.28, 0.22), (0.52, 0), (0.52, 1)), line((0.26, 1), (0.78, 1))],
    ],
    2: [
        [joined(arc(0.5, 0.28, 0.32, 0.28, -170, 30), line((0.74, 0.5), (0.16, 1), (0.86, 1)))],
        [joined(arc(0.48, 0.27, 0.33, 0.27, -160, 60), line((0.5, 0.66), (0.16, 0.98), (0.5, 0.93), (0.86, 1)))],
    ],
    3: [
        [joined(arc(0.46, 0.25, 0.32, 0.25, -150, 85), arc(0.46, 0.74, 0.36, 0.26, -85, 150))],
        [joined(line((0.18, 0), (0.8, 0), (0.46, 0.42)), arc(0.46, 0.71, 0.36, 0.29, -90, 150))],
    ],
    4: [
        [line((0.62, 0), (0.1, 0.66), (0.9, 0.66)), line((0.68, 0.32), (0.68, 1))],
        [line((0.24, 0), (0.16, 0.56), (0.82, 0.56)), line((0.76, 0.04), (0.7, 1))],
        [line((0.68, 1), (0.68, 0), (0.1, 0.68), (0.92, 0.68))],
    ],
    5: [
        [joined(line((0.8, 0), (0.28, 0), (0.22, 0.45)), arc(0.46, 0.69, 0.36, 0.31, -125, 150))],
    ],
    6: [
        [joined(arc(0.74, 0.6, 0.58, 0.6, -95, -172), arc(0.5, 0.7, 0.34, 0.3, 180, -180))],
    ],
    7: [
        [line((0.14, 0), (0.84, 0), (0.4, 1))],
        [line((0.14, 0), (0.84, 0), (0.4, 1)), line((0.36, 0.5), (0.8, 0.5))],
    ],
    8: [
        [arc(0.5, 0.25, 0.27, 0.25, 90, 450), arc(0.5, 0.75, 0.34, 0.25, -90, 270)],
    ],
    9: [
        [joined(arc(0.48, 0.29, 0.32, 0.29, 0, -360), line((0.8, 0.29), (0.78, 0.6), (0.66, 1)))],
        [joined(arc(0.48, 0.29, 0.32, 0.29, 0, -360), arc(0.3, 0.45, 0.5, 0.55, -15, 95))],
    ],
}


def warp(strokes, rng, strength):
    """Bends all strokes together by one smooth random displacement, so that what touches still touches."""
    frequency = rng.normal(0, 2.6, (2, 2, 2))
    phase = rng.uniform(0, 2 * np.pi, (2, 2))
    return [s + strength * np.sin(np.einsum("wac,nc->nwa", frequency, s) + phase).sum(axis=1) for s in strokes]


def place(strokes, slant, turn, width, height, shift):
    """From the unit square to pixels. Angles in degrees, the rest in pixels."""
    turn = np.radians(turn)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shear = np.array([[1, -np.tan(np.radians(slant))], [0, 1]])
    return [(s - 0.5) * (width, height) @ shear.T @ rotation.T + SIZE / 2 + shift for s in strokes]


def ink(strokes, thickness):
    """Antialiased strokes with round ends: uint8 [28, 28, 1]. Strokes and thickness in pixels."""
    start = np.concatenate([s[:-1] for s in strokes])
    along = np.concatenate([np.diff(s, axis=0) for s in strokes])
    offset = np.stack([PIXEL_X, PIXEL_Y], axis=-1).reshape(-1, 1, 2) - start
    length_squared = np.maximum((along**2).sum(axis=-1), 1e-9)
    nearest = np.clip((offset * along).sum(axis=-1) / length_squared, 0, 1)
    distance = np.linalg.norm(offset - nearest[..., None] * along, axis=-1).min(axis=1)
    coverage = np.clip((thickness / 2 - distance) / EDGE + 0.5, 0, 1)
    return np.round(255 * coverage).astype(np.uint8).reshape(SIZE, SIZE, 1)


def draw_digit(digit, rng, thickness=None, slant=None):
    """One image and the thickness and slant it was drawn with. Those not given are drawn at random."""
    thickness = rng.uniform(1.4, 3.8) if thickness is None else thickness
    slant = rng.normal(8, 11) if slant is None else slant
    styles = SKELETONS[digit]
    strokes = warp(styles[rng.integers(len(styles))], rng, strength=0.045)
    height = rng.uniform(16, 20)
    strokes = place(
        strokes,
        slant=slant,
        turn=rng.normal(0, 4),
        width=height * rng.uniform(0.62, 0.95),
        height=height,
        shift=rng.normal(0, 0.8, 2),
    )
    return ink(strokes, thickness), thickness, slant


def draw_digits(count, seed):
    """A balanced, shuffled data set."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % 10)
    images, thickness, slant = zip(*(draw_digit(label, rng) for label in labels))
    return Digits(np.stack(images), labels, np.float32(thickness), np.float32(slant))
