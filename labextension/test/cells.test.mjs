import test from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { applyBatch, settleOffer } from '../lib/cells.js';
import { META, isBatch, sourceHash } from '../lib/protocol.js';

const { YNotebook } = createRequire(import.meta.url)('@jupyter/ydoc');

function notebook(t, ...sources) {
  const shared = YNotebook.create({ disableDocumentWideUndoRedo: false });
  shared.insertCells(
    0,
    sources.map(source => ({ cell_type: 'code', source }))
  );
  t.after(() => shared.dispose()); // its awareness timer would keep node alive
  return shared;
}

const sources = shared => shared.cells.map(cell => cell.getSource());
const batch = (version, ...keys) => ({
  v: 1,
  run: 'churn',
  phase: 'foundation',
  cell_id: null,
  cells: keys.map(key => ({ key, source: `${key} ${version}`, metadata: { block: key, score: 0.8 } }))
});
const apply = (shared, b, again = false) => applyBatch(shared, shared.cells[0].getId(), b, again);

test('a batch of another form is refused', () => {
  assert.ok(!isBatch({ v: 1, run: 'r', phase: 'p', cells: [{ key: 1 }] }));
  assert.ok(!isBatch(null));
});

test('cells stand in order below the one that ran, with their metadata', t => {
  const shared = notebook(t, 'magic', 'end');
  assert.equal(apply(shared, batch('1', 'a', 'b')).inserted, 2);
  assert.deepEqual(sources(shared), ['magic', 'a 1', 'b 1', 'end']);
  const meta = shared.cells[1].getMetadata(META);
  assert.deepEqual(meta, {
    run: 'churn',
    phase: 'foundation',
    key: 'a',
    hash: sourceHash('a 1'),
    cell: shared.cells[1].getId(),
    block: 'a',
    score: 0.8
  });
});

test('one undo takes them all back', t => {
  const shared = notebook(t, 'magic', 'end');
  shared.clearUndoHistory();
  apply(shared, batch('1', 'a', 'b', 'c'));
  shared.undo();
  assert.deepEqual(sources(shared), ['magic', 'end']);
  apply(shared, batch('1', 'a', 'b', 'c'));
  assert.equal(shared.cells.length, 5);
});

test('the same batch again changes nothing', t => {
  const shared = notebook(t, 'magic');
  apply(shared, batch('1', 'a', 'b'));
  const before = JSON.stringify(shared.toJSON());
  assert.deepEqual(apply(shared, batch('1', 'a', 'b')), {
    inserted: 0,
    updated: 0,
    kept: 2,
    removed: 0,
    offered: 0,
    withheld: 0
  });
  assert.equal(JSON.stringify(shared.toJSON()), before);
});

test('untouched cells are brought up to date in place, and those no longer wanted go', t => {
  const shared = notebook(t, 'magic', 'end');
  apply(shared, batch('1', 'a', 'b', 'c'));
  const id = shared.cells[1].getId();
  const outcome = apply(shared, batch('2', 'a', 'c'));
  assert.deepEqual(sources(shared), ['magic', 'a 2', 'c 2', 'end']);
  assert.equal(shared.cells[1].getId(), id);
  assert.deepEqual([outcome.updated, outcome.removed], [2, 1]);
});

test('an edited cell is kept, and the new version is offered once', t => {
  const shared = notebook(t, 'magic');
  apply(shared, batch('1', 'a'));
  shared.cells[1].setSource('mine');
  assert.equal(apply(shared, batch('1', 'a')).offered, 0, 'the same version is no news');
  assert.equal(apply(shared, batch('2', 'a')).offered, 1);
  assert.deepEqual(sources(shared), ['magic', 'mine']);
  assert.equal(shared.cells[1].getMetadata(META).offered.source, 'a 2');
});

test('what is kept is not offered again, until there is another version', t => {
  const shared = notebook(t, 'magic');
  apply(shared, batch('1', 'a'));
  shared.cells[1].setSource('mine');
  apply(shared, batch('2', 'a'));
  settleOffer(shared, shared.cells[1], 'mine');
  assert.equal(shared.cells[1].getMetadata(META).offered, undefined);
  assert.equal(apply(shared, batch('2', 'a')).offered, 0);
  assert.equal(apply(shared, batch('3', 'a')).offered, 1);
  assert.equal(shared.cells[1].getSource(), 'mine');
});

test('theirs takes the place of mine, and is generated from then on', t => {
  const shared = notebook(t, 'magic');
  apply(shared, batch('1', 'a'));
  shared.cells[1].setSource('mine');
  apply(shared, batch('2', 'a'));
  settleOffer(shared, shared.cells[1], 'theirs');
  assert.equal(shared.cells[1].getSource(), 'a 2');
  assert.equal(apply(shared, batch('3', 'a')).updated, 1);
});

test('a deleted cell stays deleted until it is new or asked for', t => {
  const shared = notebook(t, 'magic');
  apply(shared, batch('1', 'a', 'b'));
  shared.deleteCell(1);
  assert.equal(apply(shared, batch('1', 'a', 'b')).withheld, 1);
  assert.deepEqual(sources(shared), ['magic', 'b 1']);
  apply(shared, batch('1', 'a', 'b'), true);
  assert.deepEqual(sources(shared), ['magic', 'a 1', 'b 1']);
  shared.deleteCell(1);
  apply(shared, batch('2', 'a', 'b'));
  assert.deepEqual(sources(shared), ['magic', 'a 2', 'b 2']);
});

test('a copy is the human’s: it is never touched', t => {
  const shared = notebook(t, 'magic');
  apply(shared, batch('1', 'a'));
  shared.insertCell(2, {
    cell_type: 'code',
    source: 'a 1',
    metadata: { [META]: shared.cells[1].getMetadata(META) }
  });
  apply(shared, batch('2', 'a'));
  assert.deepEqual(sources(shared), ['magic', 'a 2', 'a 1']);
});

test('a cell that was cut and pasted is found again', t => {
  const shared = notebook(t, 'magic', 'end');
  apply(shared, batch('1', 'a'));
  const meta = shared.cells[1].getMetadata(META);
  shared.deleteCell(1);
  shared.insertCell(2, { cell_type: 'code', source: 'a 1', metadata: { [META]: meta } });
  apply(shared, batch('2', 'a'));
  assert.deepEqual(sources(shared), ['magic', 'end', 'a 2']);
});

test('a moved cell is updated where it stands', t => {
  const shared = notebook(t, 'magic', 'end');
  apply(shared, batch('1', 'a', 'b'));
  shared.moveCell(1, 3);
  apply(shared, batch('2', 'a', 'b'));
  assert.deepEqual(sources(shared), ['magic', 'b 2', 'end', 'a 2']);
});

test('a split cell counts as edited: both halves stay', t => {
  const shared = notebook(t, 'magic');
  apply(shared, batch('1', 'a'));
  shared.cells[1].setSource('first half');
  shared.insertCell(2, {
    cell_type: 'code',
    source: 'second',
    metadata: { [META]: shared.cells[1].getMetadata(META) }
  });
  apply(shared, batch('1', 'a'));
  assert.deepEqual(sources(shared), ['magic', 'first half', 'second']);
});

test('merged cells are not brought back beside the merged one', t => {
  const shared = notebook(t, 'magic');
  apply(shared, batch('1', 'a', 'b'));
  shared.cells[1].setSource('a 1\nb 1');
  shared.deleteCell(2);
  apply(shared, batch('1', 'a', 'b'));
  assert.deepEqual(sources(shared), ['magic', 'a 1\nb 1']);
});

test('a phase that a human has written is not put in again', t => {
  const shared = notebook(t, 'magic', '%%mlestar ablation\nrepeats: 3');
  assert.equal(apply(shared, batch('1', 'phase ablation')).inserted, 0);
  assert.equal(apply(shared, batch('1', 'phase refinement')).inserted, 1);
});

test('cells of another run are left alone', t => {
  const shared = notebook(t, 'magic');
  apply(shared, batch('1', 'a'));
  apply(shared, { ...batch('2', 'a'), run: 'other' });
  assert.deepEqual(sources(shared), ['magic', 'a 2', 'a 1']);
});

const phases = ['start', 'search', 'foundation', 'ablation'];
const left = (phase, version = '1') => {
  const following = phases[phases.indexOf(phase) + 1];
  const keys = [
    ...(phase === 'foundation' ? ['block model'] : []),
    ...(following ? [`phase ${following}`] : [])
  ];
  return { ...batch(version, ...keys), phase };
};
/** Run each of the cells of these phases, from the top. */
function runAll(shared, version) {
  for (const phase of phases) {
    const at =
      phase === 'start' ? 0 : sources(shared).findIndex(source => source.startsWith(`phase ${phase}`));
    applyBatch(shared, shared.cells[at].getId(), left(phase, version));
  }
}

test('cells that were left untouched stay when they run again, each in its place', t => {
  const shared = notebook(t, 'start', 'end');
  runAll(shared);
  const before = JSON.stringify(shared.toJSON());
  assert.deepEqual(sources(shared), [
    'start',
    'phase search 1',
    'phase foundation 1',
    'block model 1',
    'phase ablation 1',
    'end'
  ]);
  runAll(shared);
  assert.equal(JSON.stringify(shared.toJSON()), before);
  runAll(shared, '2');
  assert.deepEqual(
    sources(shared),
    JSON.parse(before).cells.map(cell => cell.source.replace('1', '2'))
  );
});

test('what the human deleted below a generated cell stays deleted after all ran again', t => {
  const shared = notebook(t, 'start', 'end');
  runAll(shared);
  shared.deleteCell(sources(shared).indexOf('block model 1'));
  const before = sources(shared);
  runAll(shared);
  assert.deepEqual(sources(shared), before);
});

test('a cell whose metadata an earlier version mixed up is not removed by its own run', t => {
  const shared = notebook(t, 'start', 'end');
  runAll(shared);
  for (const name of ['search', 'foundation']) {
    const cell = shared.cells[sources(shared).indexOf(`phase ${name} 1`)];
    cell.setMetadata(META, { ...cell.getMetadata(META), phase: name });
  }
  const search = shared.cells.find(cell => cell.getSource() === 'phase search 1');
  applyBatch(shared, search.getId(), left('search'));
  assert.ok(sources(shared).includes('phase search 1'));
});
