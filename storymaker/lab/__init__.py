"""For whoever tunes prompts: try variants of authors and illustrators side by side, rate them, keep the winner.

::

    lab = Lab()
    run = lab.run([words("as it is", "openai"), words("present tense", "openai", prompts=[reworded("story", {...})])])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storymaker.lab.bench import Lab
    from storymaker.lab.comparison import Comparison
    from storymaker.lab.results import Result, Run
    from storymaker.lab.subjects import SAMPLES, Sample
    from storymaker.lab.variants import Variant, pictures, reworded, words

# Names resolve when they are first used (PEP 562), as in the package itself.
_HOMES = {
    "Comparison": "comparison",
    "Lab": "bench",
    "Result": "results",
    "Run": "results",
    "SAMPLES": "subjects",
    "Sample": "subjects",
    "Variant": "variants",
    "pictures": "variants",
    "reworded": "variants",
    "words": "variants",
}

__all__ = ["SAMPLES", "Comparison", "Lab", "Result", "Run", "Sample", "Variant", "pictures", "reworded", "words"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"storymaker.lab.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
