import test from 'node:test';
import assert from 'node:assert/strict';
import { helpFor } from '../lib/helptext.js';

const help = {
  commands: { start: 'Name a table.', foundation: 'Compare baselines.' },
  flags: { '--target': 'COLUMN: the column to predict', '--name': 'NAME: of the run' },
  settings: { foundation: { candidates: 'How many.', max_evaluations: 'Stop after.' } },
  columns: { Churn: 'category' }
};
const at = (text, word) => helpFor(text, text.indexOf(word) + 1, help)?.text;

test('commands, flags and columns of a magic line are explained', () => {
  const line = '%mlestar start --dataset a.csv --target Churn';
  assert.equal(at(line, 'start'), 'Name a table.');
  assert.equal(at(line, '--target'), 'COLUMN: the column to predict');
  assert.equal(at(line, 'Churn'), 'category');
  assert.equal(at(line, 'a.csv'), undefined);
  assert.equal(at('%mlestar start --name Churn', 'Churn'), undefined);
  assert.equal(at('%mlestar start --target=Churn', 'Churn'), 'category');
});

test('settings are explained at the beginning of their line only', () => {
  const cell = '%%mlestar foundation\n# candidates\ncandidates: 3\nmax-evaluations: 4\nnotes: candidates';
  assert.equal(at(cell, 'foundation'), 'Compare baselines.');
  assert.equal(at(cell, 'candidates: 3'), 'How many.');
  assert.equal(at(cell, 'max-evaluations'), 'Stop after.');
  assert.equal(helpFor(cell, cell.lastIndexOf('candidates') + 1, help), null);
});

test('ordinary code and names of objects are left alone', () => {
  assert.equal(at('candidates: int = 3', 'candidates'), undefined);
  assert.equal(at('%mlestar constructor', 'constructor'), undefined);
});
