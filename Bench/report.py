"""The figures: what was measured, its limit, and whether it is kept; as a table and as JSON."""

import json
import platform
import time


class Report:
    def __init__(self):
        self.figures = []

    def add(self, name, value, unit, limit=None, at_least=False, reference=None):
        """`limit` is the most that `value` may be, or the least with `at_least`; None only tells."""
        kept = None if limit is None else (value >= limit if at_least else value < limit)
        self.figures.append({
            "name": name, "value": round(value, 3), "unit": unit,
            "limit": None if limit is None else round(limit, 3),
            "sense": None if limit is None else ("at least" if at_least else "below"),
            "reference": reference, "kept": kept,
        })
        print(self._row(self.figures[-1]), flush=True)

    @property
    def missed(self):
        return [figure["name"] for figure in self.figures if figure["kept"] is False]

    @staticmethod
    def _row(figure):
        limit = "" if figure["limit"] is None else f"{figure['sense']} {figure['limit']:g}"
        verdict = {True: "ok", False: "MISSED", None: ""}[figure["kept"]]
        value = f"{figure['value']:g} {figure['unit']}"
        return f"  {figure['name']:46} {value:>20}  {limit:>18}  {verdict:6}  {figure['reference'] or ''}".rstrip()

    def print(self):
        print()
        for figure in self.figures:
            print(self._row(figure))
        print()
        if self.missed:
            print(f"{len(self.missed)} missed: {', '.join(self.missed)}")
        else:
            print("all limits kept")

    def write(self, path):
        with open("/proc/cpuinfo") as file:
            models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        document = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "machine": {"kernel": platform.release(), "processors": len(models), "model": models[0] if models else ""},
            "figures": self.figures, "missed": self.missed,
        }
        with open(path, "w") as file:
            json.dump(document, file, indent=2)
            file.write("\n")
