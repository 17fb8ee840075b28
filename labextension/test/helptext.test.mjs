import test from 'node:test';
import assert from 'node:assert/strict';
import { helpFor } from '../lib/helptext.js';
import { golden } from './messages.mjs';

const { help } = golden('help');
const at = (text, word) => helpFor(text, text.indexOf(word) + 1, help)?.text;

test('commands, flags and columns of a magic line are explained', () => {
  const line = '%mlestar start --dataset a.csv --target Churn';
  assert.equal(at(line, 'start'), help.commands.start);
  assert.equal(at(line, '--target'), help.flags['--target']);
  assert.equal(at(line, 'Churn'), help.columns.Churn);
  assert.equal(at(line, 'a.csv'), undefined);
  assert.equal(at('%mlestar start --name Churn', 'Churn'), undefined);
  assert.equal(at('%mlestar start --target=Churn', 'Churn'), help.columns.Churn);
});

test('settings are explained at the beginning of their line only', () => {
  const cell = '%%mlestar foundation\n# candidates\ncandidates: 3\nmax-evaluations: 4\nnotes: candidates';
  assert.equal(at(cell, 'foundation'), help.commands.foundation);
  assert.equal(at(cell, 'candidates: 3'), help.settings.foundation.candidates);
  assert.equal(at(cell, 'max-evaluations'), help.settings.foundation.max_evaluations);
  assert.equal(helpFor(cell, cell.lastIndexOf('candidates') + 1, help), null);
});

test('ordinary code and names of objects are left alone', () => {
  assert.equal(at('candidates: int = 3', 'candidates'), undefined);
  assert.equal(at('%mlestar constructor', 'constructor'), undefined);
});
