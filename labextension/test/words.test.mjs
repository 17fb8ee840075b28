import test from 'node:test';
import assert from 'node:assert/strict';
import { hasRun, onRecord, phaseTitle, scoreWords, withoutWorkflow } from '../lib/words.js';
import { golden } from './messages.mjs';

const { status } = golden('status');
const phase = name => status.phases.find(each => each.name === name);

test('each state has a mark and a word of its own', () => {
  const seen = status.phases.map(each => `${each.mark} ${each.word}`);
  assert.equal(new Set(seen).size, seen.length);
  assert.ok(status.phases.every(each => each.mark && each.word));
});

test('the title of a phase says which solution it is about', () => {
  assert.equal(
    phaseTitle(phase('deployment'), true),
    'Refused: validation found leakage (LEAK001). About the solution s0.'
  );
  assert.equal(
    phaseTitle(phase('ensemble'), false),
    'Combine the best solutions. There is no %%mlestar ensemble cell yet.'
  );
});

test('phases on record are said to replay, but not while one runs', () => {
  assert.equal(onRecord({ ...status, progress: null }), '1 phase is on record. Run the cells: they replay.');
  assert.equal(onRecord(status), '');
  assert.equal(onRecord({ ...status, progress: null, phases: [phase('ensemble')] }), '');
});

test('after a restart the cells are to be run, and none is to be inserted', () => {
  const cells = ['%load_ext mlestar', '%mlestar start --dataset churn.csv --target Churn'];
  assert.ok(hasRun(cells) && hasRun(['%mlestar resume models/churn']));
  assert.match(withoutWorkflow(cells), /Run the cells: what they have done before is replayed/);
  assert.equal(withoutWorkflow(["'a'"]), 'No workflow runs in this notebook yet.');
});

test('a score is said with the solution that it belongs to', () => {
  assert.equal(scoreWords(status.metric, status.best), 'roc_auc 0.86235: boosting, s2');
});
