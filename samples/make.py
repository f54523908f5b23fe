"""Makes everything in this folder again: data, models, inputs, measurements. Run `python make.py`; takes minutes.

The packages of requirements.txt go into a virtual environment in the user's cache folder, never into this one.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
STEPS = ["digits/train.py", "shapes/train.py", "shapes/cheat.py", "inputs/draw.py"]

SETTINGS = {
    "TF_DETERMINISTIC_OPS": "1",  # the same seed gives the same weights on the same machine
    "TF_ENABLE_ONEDNN_OPTS": "0",  # slower, but the numbers depend less on the processor
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
    "KERAS_BACKEND": "tensorflow",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONIOENCODING": "utf-8",  # Keras draws its summaries with box characters
}


def cache_folder():
    if os.name == "nt":
        return Path(os.environ["LOCALAPPDATA"])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def python_with_packages():
    """The interpreter of an environment with exactly these requirements, made on first use."""
    requirements = HERE / "requirements.txt"
    key = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    environment = cache_folder() / "lamina-samples" / key
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = environment / "ready"
    if not ready.exists():
        print(f"Installing {requirements.name} into {environment}", flush=True)
        venv.create(environment, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        ready.touch()
    return python


def main():
    python = python_with_packages()
    for step in STEPS:
        script = HERE / step
        print(f"\n{step}", flush=True)
        subprocess.run([python, script.name], cwd=script.parent, env={**os.environ, **SETTINGS}, check=True)


if __name__ == "__main__":
    main()
