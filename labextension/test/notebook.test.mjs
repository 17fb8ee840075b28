import test from 'node:test';
import assert from 'node:assert/strict';
import { DATA_FILE, freeName, quote, readHeader, startNotebook } from '../lib/notebook.js';

test('headers are read with their own delimiter, quotes and byte order mark', () => {
  assert.deepEqual(readHeader('\uFEFFa,b,"c, d"\n1,2,3'), ['a', 'b', 'c, d']);
  assert.deepEqual(readHeader('a;b;"c ""x"""\r\n1;2;3'), ['a', 'b', 'c "x"']);
  assert.deepEqual(readHeader('a\tb'), ['a', 'b']);
  assert.deepEqual(readHeader('"two\nlines",Größe\n1,2'), ['two\nlines', 'Größe']);
  assert.deepEqual(readHeader(''), []);
});

test('words are quoted as a shell reads them, and braces are not expanded', () => {
  assert.equal(quote('data/churn.csv'), 'data/churn.csv');
  assert.equal(quote('my data.csv'), "'my data.csv'");
  assert.equal(quote("it's"), `'it'"'"'s'`);
  assert.equal(quote('{a} $b'), "'{{a}} $''b'");
});

test('a notebook never overwrites another', () => {
  assert.equal(freeName('churn.csv.gz', []), 'churn-mlestar.ipynb');
  assert.equal(
    freeName('churn.csv', ['churn-mlestar.ipynb', 'churn-mlestar-2.ipynb']),
    'churn-mlestar-3.ipynb'
  );
});

test('data files are told by their endings', () => {
  assert.ok(['a.csv', 'A.TSV', 'a.csv.gz', 'a.parquet', 'a.jsonl.zst'].every(name => DATA_FILE.test(name)));
  assert.ok(!['a.ipynb', 'csv', 'a.csv.txt'].some(name => DATA_FILE.test(name)));
});

test('the notebook starts the workflow', () => {
  const sources = startNotebook('my data.csv', 'Churn').cells.map(cell => cell.source);
  assert.equal(sources[2], "%mlestar start --dataset 'my data.csv' --target Churn");
  assert.match(sources[3], /^%%mlestar search\n/);
});
