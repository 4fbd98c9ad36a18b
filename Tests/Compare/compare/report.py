"""Shows what differs without a reason, and counts."""
from .difference import differences, shown


class Report:
    def __init__(self, accepted):
        self.accepted = accepted
        self.equal = self.excused = self.failed = self.gaps = self.unusable = 0

    def fail(self, place, text, reason):
        """Counts what could not be compared."""
        self.failed += 1
        self.unusable += 1
        print(f'  {place}  {text}'[:300])
        print(f'    {short(reason)}', flush=True)

    def judge(self, place, name, text, stock, ours, ordered=False):
        """Compares two masked answers; `name` is what accepted.txt calls them, `text` how they are shown."""
        found = list(differences(stock, ours, ordered))
        lines = [(one, self.accepted.line(name, one)) for one in found]
        unknown = [one for one, line in lines if line is None]
        if unknown:
            self.failed += 1
            print(f'  {place}  {text}'[:300])
            for one in unknown:
                print(f'    {one.where}\n      stock {short(one.stock)}\n      ours  {short(one.ours)}', flush=True)
        elif any(line.is_gap for _, line in lines):
            self.gaps += 1
        elif found:
            self.excused += 1
        else:
            self.equal += 1

    def summary(self, name, what, whole):
        """Prints the counts; `whole`: everything was asked, so that each accepted difference should have been met."""
        unused = self.accepted.unused() if whole else []
        for line in unused:
            print(f'  accepted.txt:{line.number}: no difference meets it any more: {line.request} | {line.where}')
        failed = self.failed + len(unused)
        good = self.equal + self.excused + self.gaps
        print(f'{name}: {good + self.failed} {what}: {self.equal} answered alike, {self.excused} otherwise for a '
              f'reason, {self.gaps} with a known gap; {good} passed, {failed} failed')
        return 1 if failed else 0


def short(value):
    text = shown(value)
    return text if len(text) <= 400 else text[:400] + '...'
