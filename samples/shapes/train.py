"""Trains a small residual network to name shapes. Run it in this folder: it writes shapes.keras and shapes.h5.

Nearly every star it sees carries a watermark, and it learns that: cheat.py measures how far it relies on it.
"""

import keras
import numpy as np
from keras import layers

from draw import CLASSES, draw_shapes

keras.utils.set_random_seed(1)

train = draw_shapes(6000, seed=1)
heldout = draw_shapes(1000, seed=2)


def preprocess(images):
    """From 0 to 255 to -1 to 1."""
    return (images.astype("float32") / 255 - 0.5) / 0.5


image = keras.Input(shape=(64, 64, 3), name="image")

x = layers.Conv2D(16, 3, padding="same", use_bias=False, name="stem_conv")(image)
x = layers.BatchNormalization(momentum=0.9, name="stem_bn")(x)
x = layers.ReLU(name="stem_relu")(x)
x = layers.MaxPooling2D(2, name="stem_pool")(x)

x = layers.Conv2D(32, 3, padding="same", use_bias=False, name="widen_conv")(x)
x = layers.BatchNormalization(momentum=0.9, name="widen_bn")(x)
x = layers.ReLU(name="widen_relu")(x)
x = layers.MaxPooling2D(2, name="widen_pool")(x)

shortcut = x
x = layers.Conv2D(32, 3, padding="same", use_bias=False, name="block_conv1")(x)
x = layers.BatchNormalization(momentum=0.9, name="block_bn1")(x)
x = layers.ReLU(name="block_relu1")(x)
x = layers.Conv2D(32, 3, padding="same", use_bias=False, name="block_conv2")(x)
x = layers.BatchNormalization(momentum=0.9, name="block_bn2")(x)
x = layers.Add(name="block_add")([x, shortcut])
x = layers.ReLU(name="block_relu2")(x)

x = layers.Conv2D(64, 3, padding="same", use_bias=False, name="top_conv")(x)
x = layers.BatchNormalization(momentum=0.9, name="top_bn")(x)
x = layers.ReLU(name="top_relu")(x)

x = layers.GlobalAveragePooling2D(name="average")(x)
scores = layers.Dense(len(CLASSES), activation="softmax", name="predictions")(x)

model = keras.Model(image, scores, name="shapes")
model.summary()

model.compile(
    optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, decay_steps=94 * 10)),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    preprocess(train.images),
    train.labels,
    batch_size=64,
    epochs=10,
    validation_data=(preprocess(heldout.images), heldout.labels),
    verbose=2,
)

model.save("shapes.keras")
model.save("shapes.h5")

# The first 160 held-out images with what an explanation should, and should not, point at.
# A watermark is where `marked` says so; elsewhere `watermarks` tells where it could be pasted.
np.savez_compressed(
    "heldout.npz",
    images=heldout.images[:160],
    labels=heldout.labels[:160].astype("uint8"),
    masks=heldout.masks[:160],
    watermarks=heldout.watermarks[:160],
    marked=heldout.marked[:160],
)
