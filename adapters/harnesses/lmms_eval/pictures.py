"""The messages of lmms-eval's own tasks, whose images are pixels, with files in their place.

A task hands over `image.convert("RGB")` and the like. Where the pixels are still those of a file
of the data, that file is sent; else a PNG, which loses nothing.
"""

import hashlib
import io
import os


def unchanged(image, path):
    """Whether whoever decodes the file gets these pixels: not one that has to be turned, is
    transparent, or holds more than 8 bits a channel.
    """
    from PIL import ExifTags, Image

    with Image.open(path) as original:
        if original.format not in ("PNG", "JPEG") or original.size != image.size:
            return False
        if original.mode not in ("RGB", "L", "P") or original.has_transparency_data:
            return False
        if original.getexif().get(ExifTags.Base.Orientation, 1) != 1:
            return False
        return original.convert("RGB").tobytes() == image.convert("RGB").tobytes()


def file_of(image, originals, folder):
    """The path of a file with the image's pixels: one of `originals`, or a PNG in `folder`."""
    if isinstance(image, str):
        return image
    if not image.has_transparency_data:
        for path in originals:
            if unchanged(image, path):
                return path
    whole = image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else image.convert("RGB")
    buffer = io.BytesIO()
    whole.save(buffer, "PNG", compress_level=1)
    path = os.path.join(folder, hashlib.sha256(buffer.getvalue()).hexdigest() + ".png")
    os.makedirs(folder, exist_ok=True)
    with open(path, "wb") as file:
        file.write(buffer.getvalue())
    return path


def turn(messages):
    """A task's messages as (texts of the system, parts of the one turn of the user).

    ValueError for several turns: one is what can be asked.
    """
    system, turns = [], []
    for message in messages:
        content = message["content"]
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        if message["role"] == "system":
            system += [one["text"] for one in content if one["type"] == "text"]
        else:
            turns.append((message["role"], content))
    if [role for role, _ in turns] != ["user"]:
        raise ValueError("the task's messages are no single turn of the user")
    return system, turns[0][1]
