"""`python -m tests.bench [name ...] [--rows=N] [--rounds=N] [--large=N]`: run the benches, print what they found, write
it down.

With `--rows` the benches of the engine run on fewer (or more) rows; that is printed, and not written to README.md. With
`--large=5` `reading` reads a file five times as large (5 GB), too.
"""

import sys
from importlib import import_module
from inspect import signature

from tests.bench import report

SIZED = ("appending", "dimensions", "engine", "increment", "pay_runs", "reading", "spilling")
BENCHES = (
    *SIZED, "drivers", "forecasts", "goals", "home", "paces", "pages", "pay", "provisioning", "upload",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run the benches named, or all of them."""
    names = [argument for argument in arguments if not argument.startswith("--")]
    sizes = dict(argument.removeprefix("--").split("=") for argument in arguments if argument.startswith("--"))
    unknown = (set(names) - set(BENCHES)) | (set(sizes) - {"rows", "rounds", "large"})
    if unknown:
        print(f"There is no {', '.join(sorted(unknown))}. There are: {', '.join(BENCHES)},")
        print("--rows=N, --rounds=N, --large=N.")
        return 2
    for name in names or BENCHES:
        print(f"{name} ...", flush=True)
        bench = import_module(f"tests.bench.{name}")
        taken = signature(bench.run).parameters
        found = bench.run(**{key: int(value) for key, value in sizes.items() if key in taken})
        for figure in found:
            print(f"  {figure}", flush=True)
        if "rows" not in sizes:
            report.write({name: found})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
