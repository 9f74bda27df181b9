"""Large tables: their images become files while the table is read, a row at a time.

VLMEvalKit reads a table whole and copies its images several times over (measured: 4.5 GB for a
table of 0.6 GB); above 1 GB it encodes all images anew, in 32 processes.
"""

import base64
import csv
import os
import sys

csv.field_size_limit(sys.maxsize)
LARGE_BYTES = 200_000_000
LONGEST_REFERENCE = 64  # a shorter cell names the row that has the image, as in VLMEvalKit


def is_large(path, least=LARGE_BYTES):
    """Whether the table holds images, and more bytes than `least`."""
    if os.path.getsize(path) <= least:
        return False
    with open(path, encoding="utf-8", newline="") as file:
        return "image" in next(csv.reader(file, delimiter="\t"))


def with_image_files(source, target, folder, literal, limit=None):
    """Copy the table without its images, which go to `folder`; column `image_path` says where.

    At most `limit` rows are copied. Raises ValueError for an image that is nowhere in the table.
    """
    paths, rows = {}, []
    with open(source, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            cell, wanted = row.pop("image"), limit is None or len(rows) < limit
            if wanted and cell:  # VLMEvalKit drops a row without an image
                rows.append((row, row["index"] if len(cell) > LONGEST_REFERENCE else cell))
            awaited = wanted or row["index"] in {name for _, name in rows if name not in paths}
            if len(cell) > LONGEST_REFERENCE and awaited:
                paths[row["index"]] = _write(row, cell, folder, literal)
            if not wanted and all(name in paths for _, name in rows):
                break
    missing = {name for _, name in rows} - set(paths)
    if missing:
        raise ValueError("the table has no image of index %s" % ", ".join(sorted(missing)))
    columns = [name for name in rows[0][0] if name != "image_path"] if rows else ["index"]
    with open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([*columns, "image_path"])
        for row, name in rows:
            writer.writerow([row[column] for column in columns] + [paths[name]])


def _write(row, cell, folder, literal):
    """The path of the row's image, or the list of its paths, as a cell of `image_path`."""
    images = literal(cell) if cell.startswith("[") else [cell]
    names = row.get("image_path") or "%s.png" % row["index"]
    if names.startswith("["):
        names = literal(names)
    elif len(images) > 1:
        names = ["%s_%d.png" % (row["index"], number) for number in range(len(images))]
    else:
        names = [names]
    written = []
    for name, image in zip(names, images):
        path = inside(folder, os.path.join(folder, name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(image))
        written.append(path)
    return written[0] if len(written) == 1 else repr(written)


def inside(folder, path):
    """The real path; ValueError where a table's text leads out of the folder."""
    home, target = os.path.realpath(folder), os.path.realpath(path)
    if os.path.commonpath([home, target]) != home:
        raise ValueError("the table wants to write an image outside its folder: %s" % path)
    return target
