"""Ink to image: thermal fading, paper grain, folds, the angle and the blur of a scan."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from tools.receipts.look import Look

Plane = NDArray[np.float64]
SCALE = 2  # wear is applied at twice the print resolution


def smooth(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> Plane:
    """Slow random variation, 0 to 1, `cells` hills down and across."""
    coarse = (rng.random(cells) * 255).astype(np.uint8)
    fine = Image.fromarray(coarse).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.asarray(fine, np.float64) / 255


def density(rng: np.random.Generator, shape: tuple[int, int], look: Look) -> Plane:
    """How much of the ink the print head puts down at each point, 0 to 1."""
    height, width = shape
    strength = np.ones(shape)
    stripes = smooth(rng, (1, width), (1, 46))
    strength -= look.banded * 0.5 * stripes**2
    if look.faded:
        strength -= look.faded * 0.95 * smooth(rng, shape, (5, 3))
        for _ in range(3):  # worn dots of the print head leave pale lines
            x = int(rng.integers(width // 10, width - width // 10))
            strength[:, x : x + int(rng.integers(2, 6))] *= 1 - 0.75 * look.faded
    rows = smooth(rng, (height, 1), (max(4, height // 40), 1))
    return np.clip(strength - 0.08 * rows, 0.17, 1)


def folds(rng: np.random.Generator, shape: tuple[int, int], look: Look) -> Plane:
    """Light and shade of creases, -1 to 1."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float64)
    shade = np.zeros(shape)
    for _ in range(4 + round(8 * look.crumpled)):
        angle = rng.uniform(0, np.pi)
        px, py = rng.uniform(0, shape[1]), rng.uniform(0, shape[0])
        away = (x - px) * np.cos(angle) + (y - py) * np.sin(angle)
        spread = rng.uniform(25, 130)
        shade += rng.uniform(0.2, 0.6) * np.tanh(away / 4) * np.exp(-np.abs(away) / spread)
    return np.clip(shade, -1, 1)


def shifted(plane: Plane, by: Plane) -> Plane:
    """The plane with each point taken from `by` pixels further down and to the right."""
    y, x = np.indices(plane.shape)
    step = np.rint(by).astype(np.int64)
    down = np.clip(y + step, 0, plane.shape[0] - 1)
    across = np.clip(x + step // 2, 0, plane.shape[1] - 1)
    moved: Plane = plane[down, across]
    return moved


def sheet(ink: Image.Image, look: Look, rng: np.random.Generator) -> Image.Image:
    """The printed paper, flat and straight, in grey."""
    large = ink.resize((ink.width * SCALE, ink.height * SCALE), Image.Resampling.BICUBIC)
    spread = large.filter(ImageFilter.GaussianBlur(0.9))
    shape = (large.height, large.width)
    covered = np.asarray(spread, np.float64) / 255 * density(rng, shape, look) * look.ink
    paper = 0.955 - 0.05 * smooth(rng, shape, (9, 5))
    if look.crumpled:
        shade = folds(rng, shape, look)
        paper += 0.13 * look.crumpled * shade - 0.03 * look.crumpled
        covered = shifted(covered, 7 * look.crumpled * shade)
        covered *= 1 - 0.15 * look.crumpled * np.abs(shade)
    grey = paper * (1 - covered)
    return Image.fromarray((np.clip(grey, 0, 1) * 255).astype(np.uint8))


def solved(to: list[tuple[float, float]], corners: list[tuple[float, float]]) -> list[float]:
    """The eight perspective coefficients that take `to` (seen) back to `corners` (sheet)."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(to, corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    right = np.array([value for corner in corners for value in corner])
    return [float(value) for value in np.linalg.solve(np.array(rows), right)]


def laid_down(flat: Image.Image, look: Look, rng: np.random.Generator) -> Image.Image:
    """The sheet turned and seen at an angle, on a table or on the white bed of a scanner."""
    border = 0.09 if look.on_table else 0.03
    pad = round(flat.width * border) + round(
        abs(np.sin(np.radians(look.rotation))) * flat.height / 2
    )
    width, height = flat.width + 2 * pad, flat.height + 2 * round(flat.width * (border + 0.02))
    turn = np.radians(look.rotation)
    seen = []
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        dx, dy = x * flat.width / 2, y * flat.height / 2
        lean = look.perspective * 0.045 * flat.width
        jx, jy = rng.uniform(-lean, lean), rng.uniform(-lean, lean)
        seen.append((
            float(width / 2 + dx * np.cos(turn) - dy * np.sin(turn) + jx),
            float(height / 2 + dx * np.sin(turn) + dy * np.cos(turn) + jy),
        ))  # fmt: skip
    corners = [(0.0, 0.0), (flat.width, 0.0), (float(flat.width), float(flat.height)),
               (0.0, float(flat.height))]  # fmt: skip
    back = solved(seen, corners)
    size, bicubic = (width, height), Image.Resampling.BICUBIC
    turned = flat.transform(size, Image.Transform.PERSPECTIVE, back, bicubic, fillcolor=0)
    whole = Image.new("L", flat.size, 255)
    mask = whole.transform(size, Image.Transform.PERSPECTIVE, back, bicubic, fillcolor=0)
    ground = table(rng, (height, width)) if look.on_table else Image.new("L", size, 250)
    shadow = mask.filter(ImageFilter.GaussianBlur(10)).point([255 - v // 5 for v in range(256)])
    ground = Image.composite(ground, ground.point([v * 4 // 5 for v in range(256)]), shadow)
    ground.paste(turned, (0, 0), mask)
    return ground


def table(rng: np.random.Generator, shape: tuple[int, int]) -> Image.Image:
    """A dark table top with a slight grain."""
    tone = rng.uniform(0.22, 0.58)
    grain = tone + 0.08 * smooth(rng, shape, (6, 90)) + 0.05 * smooth(rng, shape, (3, 3))
    return Image.fromarray((grain * 255).astype(np.uint8))


def photographed(ink: Image.Image, look: Look, seed: int) -> Image.Image:
    """The image of the receipt, `look.width` pixels wide, in warm or neutral grey."""
    rng = np.random.default_rng(seed)
    view = laid_down(sheet(ink, look, rng), look, rng)
    size = (look.width, round(view.height * look.width / view.width))
    small = view.resize(size, Image.Resampling.LANCZOS)
    small = small.filter(ImageFilter.GaussianBlur(0.25 + 1.4 * look.blurred))
    plane = np.asarray(small, np.float64)
    plane = plane + rng.normal(0, 23 * look.noisy, plane.shape)
    if look.on_table:  # light from one side
        side = np.linspace(0, 1, plane.shape[1])[None, :]
        plane *= 1.0 - 0.14 * (side if rng.random() < 0.5 else 1 - side)
    grey = Image.fromarray(np.clip(plane, 0, 255).astype(np.uint8))
    if not look.on_table:
        return grey
    warm = rng.uniform(0.93, 0.99)
    blue = grey.point([round(v * warm) for v in range(256)])
    green = grey.point([round(v * (1 + warm) / 2) for v in range(256)])
    return Image.merge("RGB", (grey, green, blue))
