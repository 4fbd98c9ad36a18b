"""What a run of every step has come to: a row for each workflow, a column for each process that was killed."""


class Matrix:
    def __init__(self, victims):
        self.victims = victims
        self.cells = {}

    def add(self, trial, victim, seconds, is_good, outcome):
        cell = self.cells.setdefault(trial, {}).setdefault(victim, {'all': 0, 'good': 0, 'undone': 0, 'worst': 0})
        cell['all'] += 1
        cell['good'] += is_good
        cell['undone'] += outcome == 'undone'
        cell['worst'] = max(cell['worst'], seconds)

    def lines(self):
        """Kills survived of all, how many ended undone, and the longest time from the restart to the end."""
        yield ' '.join(['%-17s' % 'good/all undone s'] + ['%-15s' % victim for victim in self.victims])
        for trial, row in self.cells.items():
            yield ' '.join(['%-17s' % trial] + ['%-15s' % self.text(row.get(victim)) for victim in self.victims])

    @staticmethod
    def text(cell):
        return '%d/%d %d %.1f' % (cell['good'], cell['all'], cell['undone'], cell['worst']) if cell else '-'
