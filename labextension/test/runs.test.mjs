import test from 'node:test';
import assert from 'node:assert/strict';
import { quote, startNotebook } from '../lib/notebook.js';
import { choose, readRun, runName, splitWords } from '../lib/runs.js';

const sources = notebook => notebook.cells.map(cell => cell.source);
const churn = { notebook: 'churn-mlestar.ipynb', dataset: 'churn.csv', folder: 'mlestar_runs/churn' };

test('words are split as a shell does, and as they were quoted', () => {
  assert.deepEqual(splitWords(`a 'b c' "d e" f'g'h # i`), ['a', 'b c', 'd e', 'fgh']);
  for (const word of ['my data.csv', "it's", '{a} $b', 'plain.csv']) {
    assert.deepEqual(splitWords(`--dataset ${quote(word)}`), ['--dataset', word]);
  }
});

test('a run is named as the kernel names it: all before the first dot', () => {
  assert.equal(runName('churn.csv.gz'), 'churn');
  assert.equal(runName('data/sales.2024.csv'), 'sales');
});

test('the notebook that is made for a file tells its run', () => {
  const own = sources(startNotebook('churn.csv', 'Churn'));
  assert.deepEqual(readRun('churn-mlestar.ipynb', own), churn);
  const named = sources(startNotebook('churn.csv', 'Churn', 'churn-2'));
  assert.equal(readRun('n.ipynb', named).folder, 'mlestar_runs/churn-2');
});

test('a start cell may name the folder, and a file above it', () => {
  const run = readRun('n.ipynb', [
    '%load_ext mlestar\n%mlestar start --dataset=./a.csv --target y --output out/'
  ]);
  assert.deepEqual(run, { notebook: 'n.ipynb', dataset: 'a.csv', folder: 'out' });
  assert.equal(readRun('n.ipynb', ['1 + 1', '%mlestar status']), undefined);
});

test('a file without a run gets one under its own name', () => {
  assert.deepEqual(choose('churn.csv', [], []), { name: undefined });
});

test('the notebook that holds the run of a file is offered, and a new run has a folder of its own', () => {
  const other = { notebook: 'b.ipynb', dataset: 'churn.csv', folder: 'mlestar_runs/churn-2' };
  assert.deepEqual(choose('churn.csv', [churn, other], ['churn']), {
    notebook: 'churn-mlestar.ipynb',
    folder: 'mlestar_runs/churn',
    name: 'churn-3'
  });
});

test('a run whose notebook is gone can be continued', () => {
  assert.deepEqual(choose('churn.csv', [], ['churn', 'other']), {
    folder: 'mlestar_runs/churn',
    name: 'churn-2'
  });
});

test('the run of another file with the same beginning is left alone', () => {
  const last = { notebook: 'a.ipynb', dataset: 'sales.2024.csv', folder: 'mlestar_runs/sales' };
  assert.deepEqual(choose('sales.2025.csv', [last], ['sales']), { name: 'sales-2' });
});

test('a run in a folder of its own leaves the usual one free', () => {
  const run = { notebook: 'a.ipynb', dataset: 'churn.csv', folder: 'models/churn' };
  assert.deepEqual(choose('churn.csv', [run], []), {
    notebook: 'a.ipynb',
    folder: 'models/churn',
    name: undefined
  });
});
