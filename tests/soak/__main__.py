"""Run the long tests and print what they counted: ``make soak``, or ``python -m tests.soak power 20`` for one of them."""

from __future__ import annotations

import pkgutil
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

import tests.soak
from tests.soak import Skipped, counted


@dataclass(frozen=True)
class Outcome:
    """What came of one long test.

    Attributes:
        name: Its module's.
        counts: What it counted, by name.
        bars: How many of which are borne.
        trouble: Why there are no counts; "" where there are.
        skipped: Whether that trouble is this machine's alone.
        seconds: How long it took.
    """

    name: str
    counts: Mapping[str, int] = field(default_factory=dict)
    bars: Mapping[str, int] = field(default_factory=dict)
    trouble: str = ""
    skipped: bool = False
    seconds: float = 0.0

    @property
    def broken(self) -> bool:
        """Whether a bar was broken, or nothing was counted at all."""
        if self.trouble:
            return not self.skipped
        return any(self.counts.get(name, borne + 1) > borne for name, borne in self.bars.items())


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for.

    Args:
        arguments: Nothing, or a module's name and perhaps how often.

    Returns:
        The exit status: 0 if no bar was broken, 1 if one was, 2 if there is no such test.
    """
    known = names()
    if arguments and (arguments[0] not in known or not all(number.isdigit() for number in arguments[1:2])):
        print(f"usage: python -m tests.soak [{'|'.join(known)}] [how often]")
        return 2
    count = int(arguments[1]) if len(arguments) > 1 else None
    outcomes = []
    for name in [arguments[0]] if arguments else known:
        print(f"{name} …", flush=True)
        outcomes.append(outcome(name, count))
    print("\n" + table(outcomes))
    for told in outcomes:
        if told.skipped:
            print(f"Skipped: {told.name}: {told.trouble}")
    return int(any(told.broken for told in outcomes))


def names() -> list[str]:
    """Every long test there is."""
    return [module.name for module in pkgutil.iter_modules(tests.soak.__path__) if module.name[0].isalpha()]


def outcome(name: str, count: int | None) -> Outcome:
    """Run one in a process of its own: a job engine, limits or a signal of one must not reach the next."""
    begun = time.monotonic()
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            counts, bars = process.submit(counted, name, count).result()
    except Skipped as why:
        return Outcome(name, trouble=str(why), skipped=True)
    except Exception as error:  # noqa: BLE001 - a long test that breaks must not hide what the others counted
        print(f"{name} broke: {error!r}\n{error.__cause__ or ''}", flush=True)
        return Outcome(name, trouble=f"it broke: {error!r}", seconds=time.monotonic() - begun)
    return Outcome(name, counts, bars, "" if counts else "it counted nothing", seconds=time.monotonic() - begun)


def table(outcomes: Sequence[Outcome]) -> str:
    """The counts as a Markdown table: what was done first, then what must not be."""
    lines = ["| test | count of | is | at most | |", "|---|---|---:|---:|---|"]
    for told in outcomes:
        if told.trouble:
            lines.append(
                f"| {told.name} | {'skipped' if told.skipped else told.trouble} | | | {'' if told.skipped else '✗'} |"
            )
            continue
        rows: list[tuple[str, int | None]] = [
            (what, times) for what, times in told.counts.items() if what not in told.bars
        ]
        rows += [(what, told.counts.get(what)) for what in told.bars]
        for n, (what, times) in enumerate(rows):
            borne = told.bars.get(what)
            sign = "" if borne is None else "✓" if times is not None and times <= borne else "✗"
            first = "" if n else f"{told.name} ({told.seconds:.0f} s)"
            lines.append(
                f"| {first} | {what} | {'?' if times is None else times} | {'' if borne is None else borne} | {sign} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
