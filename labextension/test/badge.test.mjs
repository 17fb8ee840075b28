import test from 'node:test';
import assert from 'node:assert/strict';
import { badgeOf, blockOf } from '../lib/badge.js';
import { sourceHash } from '../lib/protocol.js';

const source = '# mlestar: features\ndef make_features(): ...';
const status = (hash, author = 'planner') => ({
  metric: 'roc_auc',
  blocks: [{ block: 'features', hash, candidate: 'c1', score: 0.851234, author }]
});

test('the marker on the first line names the block', () => {
  assert.equal(blockOf('\n#mlestar:  Features  (mine)\nx = 1'), 'features');
  assert.equal(blockOf('x = 1\n# mlestar: features'), null);
});

test('a block in use shows score and author', () => {
  const badge = badgeOf(source + '\n\n', undefined, status(sourceHash(source), 'human'));
  assert.deepEqual(badge, { block: 'features', text: 'roc_auc 0.8512 · by you · in use', state: 'used' });
});

test('a generated block that is not in use says so', () => {
  const meta = { hash: sourceHash(source), score: 0.8, author: 'planner' };
  assert.equal(badgeOf(source, meta, status('other')).text, 'roc_auc 0.8 · by the planner · not in use now');
  assert.equal(badgeOf(source, meta, null).text, '0.8 · by the planner');
});

test('an edited block asks to be run', () => {
  const badge = badgeOf(source + '# mine', { hash: sourceHash(source) }, status('other'));
  assert.deepEqual([badge.state, badge.text], ['edited', 'edited, not scored yet: run the cell']);
});

test('an ordinary cell has no badge', () => {
  assert.equal(badgeOf('x = 1', undefined, null), null);
});
