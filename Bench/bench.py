"""Runs the parts of the benchmark in turn; see run.sh, which starts it, and docs/howto/bench.md."""

import argparse
import sys

import detail
import get
import identity
import image
import memory
import report
import rpc
import startup

# Start-up times restart every daemon, so memory is looked at on daemons that have served nobody yet.
PARTS = {
    "startup": startup, "memory": memory, "rpc": rpc, "get": get, "detail": detail, "identity": identity, "image": image,
}


def main():
    arguments = argparse.ArgumentParser(description="Measures Apus beside its limits.")
    arguments.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    arguments.add_argument("--json", default="bench.json", help="where the figures are written (bench.json)")
    arguments = arguments.parse_args()
    names = arguments.only.split(",")
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit(f"unknown part {unknown[0]}: {' '.join(PARTS)}")
    figures = report.Report()
    for name, part in PARTS.items():
        if name in names:
            print(f"{name}: {part.__doc__.splitlines()[0]}", flush=True)
            part.measure(figures)
    figures.print()
    figures.write(arguments.json)
    sys.exit(1 if figures.missed else 0)


main()
