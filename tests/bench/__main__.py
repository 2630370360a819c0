"""`python -m tests.bench [name ...]`: run the benches, print what they found, write it to README.md."""

import sys
from importlib import import_module

from tests.bench import report

BENCHES = ("home", "provisioning", "upload")


def main(names: list[str]) -> int:
    """Run the benches named, or all of them."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"There is no bench {', '.join(sorted(unknown))}. There are: {', '.join(BENCHES)}.")
        return 2
    results = {}
    for name in names or BENCHES:
        print(f"{name} ...", flush=True)
        results[name] = import_module(f"tests.bench.{name}").run()
        for figure in results[name]:
            print(f"  {figure.what}: {figure.value}", flush=True)
    report.write(results)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
