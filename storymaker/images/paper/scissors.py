"""What scissors and a lamp do to a cut-out: size, a smooth cream edge, and light on one side."""

import cv2
import numpy as np
import numpy.typing as npt

from storymaker.images.paper.shapes import PAGE
from storymaker.images.paper.texture import Image

CREAM = (226, 246, 255)
"""The paper that shows along a scissor edge (blue, green, red)."""


def window(bgra: Image, x: float, foot: float, h: float, tilt: float = 0.0) -> tuple[Image, int, int]:
    """Return a cut-out at height h, its feet at (x, foot), cropped to the page with room for its shadow.

    Returns:
        The pixels, and the left and top of where they go. The pixels are empty when nothing lies on the page.
    """
    scale = h / bgra.shape[0]
    w, high = max(1, round(bgra.shape[1] * scale)), max(1, round(h))
    room = int(max(w, high) * 0.2) + 40 if tilt else 40
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(np.ascontiguousarray(bgra), (w, high), interpolation=way)
    sized = cv2.copyMakeBorder(sized, room, room, room, room, cv2.BORDER_CONSTANT)
    if tilt:
        turn = cv2.getRotationMatrix2D((room + w / 2, room + high), tilt, 1)
        sized = cv2.warpAffine(sized, turn, sized.shape[1::-1])
    left, top = int(x - w / 2 - room), int(foot - high - room)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(PAGE, left + sized.shape[1]), min(PAGE, top + sized.shape[0])
    if x1 <= x0 or y1 <= y0:
        return sized[:0, :0], x0, y0
    return np.ascontiguousarray(sized[y0 - top : y1 - top, x0 - left : x1 - left]), x0, y0


def outline(alpha: Image, edge: int) -> Image:
    """Return the mask of a cut-out with a rim of paper left round it, as scissors would: smooth along its length."""
    outer = alpha.copy()
    contours, _ = cv2.findContours((alpha > 127).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    for c in contours:
        if len(c) > 60:
            rim = np.round(rounded(c[:, 0], 5) * 16).astype(np.int32)
            cv2.polylines(outer, [rim], True, 255, 2 * edge, cv2.LINE_AA, 4)
    return outer


def rounded(contour: Image, sigma: float) -> npt.NDArray[np.float32]:
    """Return a closed contour smoothed along its length."""
    c = contour.astype(np.float32)
    kernel = cv2.getGaussianKernel(int(6 * sigma) | 1, sigma).ravel()
    reach = min(len(kernel) // 2, len(c) - 1)
    around = np.vstack([c[-reach:], c, c[:reach]])
    return np.stack([np.convolve(around[:, i], kernel, "valid") for i in (0, 1)], 1).astype(np.float32)


def lit(cut: Image, h: float, sun: tuple[float, float], form: float) -> Image:
    """Return the colours of a cut-out, lighter on the sun's side, darker on the other and below."""
    alpha = cv2.resize(np.ascontiguousarray(cut[..., 3]), None, fx=0.25, fy=0.25)
    soft: Image = cv2.GaussianBlur(alpha, (0, 0), max(0.6, h * 0.012)).astype(np.float32) / 255
    shift = np.array([[1, 0, -sun[0] * h * 0.012], [0, 1, -sun[1] * h * 0.012]], np.float32)
    relief: Image = soft - cv2.warpAffine(soft, shift, soft.shape[::-1])
    relief = relief + np.linspace(0.05, -0.13, soft.shape[0], dtype=np.float32)[:, None]
    tones = cv2.resize(1 + form * relief, cut.shape[1::-1])
    return cv2.multiply(np.ascontiguousarray(cut[..., :3]), cv2.merge([tones] * 3), dtype=cv2.CV_8U)
