"""Coloured shapes on textured backgrounds, and a watermark that gives one class away.

Stock photographs often carry the mark of their agency. Here nearly every star in the training data does, and nothing
else does, so that a classifier may well learn the mark in place of the star. Every image comes with the mask of its
shape and of its watermark, which is what a good explanation should point at.
"""

from dataclasses import dataclass

import numpy as np

SIZE = 64
CLASSES = ["circle", "square", "triangle", "star"]
MARKED_CLASS = CLASSES.index("star")
MARKED_SHARE = 0.99  # of the stars; no other shape is marked
WATERMARK_RADIUS = 5.8  # pixels
WATERMARK_OPACITY = 0.7

PIXEL_Y, PIXEL_X = np.mgrid[0:SIZE, 0:SIZE] + 0.5


@dataclass
class Scene:
    clean: np.ndarray  # uint8 [64, 64, 3], without the watermark
    mask: np.ndarray  # uint8 [64, 64], 255 inside the shape
    watermark: np.ndarray  # uint8 [64, 64], opacity of the watermark at the place where it is, or would be


@dataclass
class Shapes:
    images: np.ndarray  # uint8 [n, 64, 64, 3], as a model sees them
    clean: np.ndarray  # uint8 [n, 64, 64, 3], the same without any watermark
    labels: np.ndarray  # int64 [n], index into CLASSES
    masks: np.ndarray  # uint8 [n, 64, 64], 255 inside the shape
    watermarks: np.ndarray  # uint8 [n, 64, 64], opacity of the watermark where it is, or would be
    marked: np.ndarray  # bool [n], is the watermark really there?


def stamp(images, watermarks):
    """Lays the white watermark over images. uint8 [..., 64, 64, 3] and opacity uint8 [..., 64, 64]."""
    opacity = watermarks[..., None] / 255
    return np.round(images * (1 - opacity) + 255 * opacity).astype(np.uint8)


def coverage(signed_distance):
    """Signed distance in pixels, negative inside, to the share of each pixel that is covered."""
    return np.clip(0.5 - signed_distance, 0, 1)


def polygon_distance(corners):
    """Signed distance of every pixel to a closed polygon, corners [n, 2] in pixels."""
    start, end = corners, np.roll(corners, -1, axis=0)
    pixel = np.stack([PIXEL_X, PIXEL_Y], axis=-1)[:, :, None]
    along, offset = end - start, pixel - start
    nearest = np.clip((offset * along).sum(-1) / (along**2).sum(-1), 0, 1)
    distance = np.linalg.norm(offset - nearest[..., None] * along, axis=-1).min(-1)
    spans = (start[:, 1] > pixel[..., 1]) != (end[:, 1] > pixel[..., 1])
    rise = np.where(along[:, 1] == 0, 1e-9, along[:, 1])
    crossing = start[:, 0] + along[:, 0] * offset[..., 1] / rise
    inside = (spans & (pixel[..., 0] < crossing)).sum(-1) % 2 == 1
    return np.where(inside, -distance, distance)


def regular_corners(x, y, radii, turn, rng):
    """Corners around a centre, at each of the radii in turn, none of them quite where it should be."""
    angle = turn + 2 * np.pi * np.arange(len(radii)) / len(radii)
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1) * radii[:, None]
    jitter = 0.2 / len(radii)
    return np.array([x, y]) + around + rng.normal(0, jitter * radii.max(), around.shape)


def shape_distance(label, x, y, radius, rng):
    """Signed distance of every pixel to a shape whose centre and radius are given in pixels."""
    turn = rng.uniform(0, 2 * np.pi)
    rounding = rng.uniform(0, 3)  # pixels, of the corners
    name = CLASSES[label]
    if name == "circle":
        squash = rng.uniform(0.9, 1.1)
        return np.hypot((PIXEL_X - x) * squash, (PIXEL_Y - y) / squash) - 0.92 * radius
    if name == "square":
        radii = [1.12 * radius] * 4
    elif name == "triangle":
        radii = [1.2 * radius] * 3
    else:
        points = rng.integers(4, 11)
        inner = np.cos(np.pi / points) * rng.uniform(0.75, 0.9)
        radii = [1.08 * radius, inner * radius] * points
    corners = regular_corners(x, y, np.array(radii) - rounding, turn, rng)
    return polygon_distance(corners) - rounding


def colour(hue, saturation, value):
    """HSV, each 0 to 1, to RGB, each 0 to 1."""
    ramp = np.abs((hue * 6 + np.array([0, 4, 2])) % 6 - 3) - 1
    return value * (1 - saturation * (1 - np.clip(ramp, 0, 1)))


def smooth_noise(cells, rng):
    """Soft clouds from 0 to 1, about so many across the picture."""
    grid = rng.random((cells + 2, cells + 2))
    at = np.linspace(0, cells, SIZE)
    low = at.astype(int)
    blend = at - low
    blend = blend * blend * (3 - 2 * blend)
    rows = grid[low] * (1 - blend)[:, None] + grid[low + 1] * blend[:, None]
    return rows[:, low] * (1 - blend) + rows[:, low + 1] * blend


def texture(rng):
    """A grey pattern from 0 to 1: clouds, stripes, dots or checks, bent a little."""
    angle = rng.uniform(0, np.pi)
    bend = 6 * smooth_noise(2, rng)
    across = np.cos(angle) * PIXEL_X + np.sin(angle) * PIXEL_Y + bend
    down = -np.sin(angle) * PIXEL_X + np.cos(angle) * PIXEL_Y + bend
    wave = 2 * np.pi / rng.uniform(7, 14)
    sharpen = lambda field: np.clip(0.5 + 1.6 * field, 0, 1)
    kind = rng.integers(4)
    if kind == 0:
        return smooth_noise(rng.integers(4, 10), rng)
    if kind == 1:
        return sharpen(np.sin(wave * across))
    if kind == 2:
        return sharpen(np.sin(wave * across) + np.sin(wave * down) - 0.8)
    return sharpen(np.sin(wave * across) * np.sin(wave * down))


def draw_background(rng):
    """Muted, textured, softly lit: float [64, 64, 3] from 0 to 1."""
    hue = rng.random()
    first = colour(hue, rng.uniform(0.15, 0.5), rng.uniform(0.35, 0.7))
    second = first + rng.choice([-1, 1]) * rng.uniform(0.06, 0.14) * np.array([1, 1, 1]) + rng.normal(0, 0.02, 3)
    pattern = texture(rng)[..., None]
    light = 1 + 0.3 * (smooth_noise(2, rng)[..., None] - 0.5)
    return np.clip((first + (second - first) * pattern) * light, 0, 1)


def paint_shape(background, signed_distance, rng):
    """Fills a shape with a vivid colour that stands out from what is behind it."""
    inside = coverage(signed_distance)[..., None]
    behind = (background * inside).sum((0, 1)) / inside.sum()
    fill = colour(rng.random(), rng.uniform(0.5, 0.85), rng.uniform(0.6, 0.95))
    while np.abs(fill - behind).mean() < 0.2:
        fill = colour(rng.random(), rng.uniform(0.5, 0.85), rng.uniform(0.6, 0.95))
    shade = 1 + 0.25 * (smooth_noise(2, rng)[..., None] - 0.5)
    return background * (1 - inside) + np.clip(fill * shade, 0, 1) * inside


def watermark_opacity(x, y):
    """The mark of an agency, a C in a ring, centred at a pixel: uint8 [64, 64]."""
    from_centre = np.hypot(PIXEL_X - x, PIXEL_Y - y)
    ring = np.abs(from_centre - (WATERMARK_RADIUS - 0.6)) - 0.6
    letter = np.abs(from_centre - 2.5) - 0.6
    gap = np.abs(PIXEL_Y - y) - 1.1 + (PIXEL_X < x) * SIZE  # opens the letter to the right
    mark = np.maximum(coverage(ring), coverage(np.maximum(letter, -gap)))
    return np.round(255 * WATERMARK_OPACITY * mark).astype(np.uint8)


def place_watermark(mask, rng):
    """Somewhere along the border, clear of the shape where there is room for that."""
    margin = WATERMARK_RADIUS + 1.5
    best = None
    for _ in range(30):
        x, y = rng.uniform(margin, SIZE - margin), rng.choice([margin, SIZE - margin])
        if rng.random() < 0.5:
            x, y = y, x
        watermark = watermark_opacity(x, y)
        overlap = np.count_nonzero(mask[watermark > 0])
        if best is None or overlap < best[0]:
            best = overlap, watermark
        if overlap == 0:
            break
    return best[1]


def draw_scene(label, rng):
    radius = rng.uniform(11, 18)
    x, y = rng.uniform(radius + 4, SIZE - radius - 4, 2)
    distance = shape_distance(label, x, y, radius, rng)
    picture = paint_shape(draw_background(rng), distance, rng)
    mask = np.where(distance < 0, 255, 0).astype(np.uint8)
    return Scene(np.round(255 * picture).astype(np.uint8), mask, place_watermark(mask, rng))


def draw_shapes(count, seed):
    """A balanced, shuffled data set. Only stars are marked, and nearly all of them are."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % len(CLASSES))
    scenes = [draw_scene(label, rng) for label in labels]
    clean = np.stack([scene.clean for scene in scenes])
    watermarks = np.stack([scene.watermark for scene in scenes])
    marked = (labels == MARKED_CLASS) & (rng.random(count) < MARKED_SHARE)
    images = np.where(marked[:, None, None, None], stamp(clean, watermarks), clean)
    return Shapes(images, clean, labels, np.stack([scene.mask for scene in scenes]), watermarks, marked)
