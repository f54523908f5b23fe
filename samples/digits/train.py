"""Trains a small convolutional network to read drawn digits. Run it in this folder: it writes digits.keras."""

import keras
import numpy as np
from keras import layers

from draw import draw_digits

keras.utils.set_random_seed(1)

train = draw_digits(12000, seed=1)
heldout = draw_digits(2000, seed=2)

x_train = train.images.astype("float32") / 255
x_heldout = heldout.images.astype("float32") / 255

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        layers.Conv2D(32, kernel_size=3, activation="relu"),
        layers.MaxPooling2D(pool_size=2),
        layers.Conv2D(64, kernel_size=3, activation="relu"),
        layers.MaxPooling2D(pool_size=2),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ],
    name="digits",
)
model.summary()

model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, train.labels, batch_size=64, epochs=5, validation_data=(x_heldout, heldout.labels), verbose=2)

model.save("digits.keras")

# The first 500 held-out images, with how each was drawn, to explore what the model knows about thickness and slant.
np.savez_compressed(
    "heldout.npz",
    images=heldout.images[:500],
    labels=heldout.labels[:500].astype("uint8"),
    thickness=heldout.thickness[:500],
    slant=heldout.slant[:500],
)
