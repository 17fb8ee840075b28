"""A package outside of this one: an executor that sends all as bytes, and a planner that knows linear models alone."""

GUEST = '''
import pickle
from contextlib import closing

from mlestar_jupyter.executors.base import ExecutorKind
from mlestar_jupyter.executors.local.executor import LocalExecutor
from mlestar_jupyter.planners.base import PlannerKind
from mlestar_jupyter.planners.recipes import RecipePlanner


class Elsewhere:
    """Sends each job as bytes, as to another machine, and runs it there."""

    def __init__(self, workers=None):
        self._there = LocalExecutor(workers)
        self.workers = self._there.workers
        self.jobs = 0

    @property
    def cannot_isolate(self):
        return self._there.cannot_isolate

    def warm_up(self):
        self._there.warm_up()

    def share(self, name, table):
        self._there.share(name, pickle.loads(pickle.dumps(table)))

    def run(self, jobs, limits, deadline=None, watch=None):
        sent = pickle.loads(pickle.dumps(list(jobs)))
        self.jobs += len(sent)
        with closing(self._there.run(sent, limits, deadline, watch)) as results:
            for result in results:
                yield pickle.loads(pickle.dumps(result))

    def close(self):
        self._there.close()


class Linear(RecipePlanner):
    """Knows a constant and a linear model."""

    def approaches(self, task, notes, limit):
        return [a for a in super().approaches(task, notes, limit) if a.approach.id == "linear"]

    def baselines(self, task):
        return super().baselines(task)[:2]

    def sample(self, task, solution, count, batch):
        return []


ELSEWHERE = ExecutorKind("elsewhere", "sends each job as bytes", Elsewhere)
LINEAR = PlannerKind("linear", "linear models alone", Linear)
'''
PARTS = (("executors", "elsewhere", "ELSEWHERE"), ("planners", "linear", "LINEAR"))
