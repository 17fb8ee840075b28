// Messages between kernel and extension: golden files that tests/notebook/test_golden_messages.py reads as well.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { CELLS_MIME, COMM_TARGET, VIEW_MIME, isBatch, sourceHash } from '../lib/protocol.js';
import { golden, textOf } from './messages.mjs';

const ts = createRequire(import.meta.url)('typescript');
const protocol = fileURLToPath(new URL('../src/protocol.ts', import.meta.url));

/** What the compiler says of a message as a value of a type of the protocol: lacking, unknown and wrong keys. */
function problems(type, text) {
  const file = protocol.replace('protocol.ts', 'golden.ts');
  const source = `import type { ${type} } from './protocol';\nexport const message: ${type} = ${text};\n`;
  const options = {
    strict: true,
    noEmit: true,
    types: [],
    target: ts.ScriptTarget.ES2020,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts']
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = name => name === file || fileExists.call(host, name);
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, source, options.target)
      : getSourceFile.call(host, name, ...rest);
  const program = ts.createProgram([file], options, host);
  const found = program.getSemanticDiagnostics(program.getSourceFile(file));
  return found.map(each => ts.flattenDiagnosticMessageText(each.messageText, '\n'));
}

for (const [name, type] of [
  ['status', 'FromKernel'],
  ['help', 'FromKernel'],
  ['cells', 'IBatch'],
  ['hello', 'ToKernel'],
  ['choice', 'ToKernel']
]) {
  test(`${name} is what the protocol says`, () => {
    assert.deepEqual(problems(type, textOf(name)), []);
  });
}

test('a key too many, a key too few and a state that is none are noticed', () => {
  const { status } = golden('status');
  const { run, ...fewer } = status;
  const [phase] = status.phases;
  const changed = [{ ...status, more: 1 }, fewer, { ...status, phases: [{ ...phase, state: 'resting' }] }];
  for (const each of changed) {
    assert.equal(problems('FromKernel', JSON.stringify({ type: 'status', status: each })).length, 1, run);
  }
});

test('cells of the kernel are a batch', () => {
  assert.ok(isBatch(golden('cells')));
});

test('names and hashes are those of the kernel', () => {
  const names = golden('names');
  assert.deepEqual(
    [COMM_TARGET, CELLS_MIME, VIEW_MIME],
    [names.comm_target, names.cells_mime, names.view_mime]
  );
  for (const [text, hash] of Object.entries(names.hashes)) {
    assert.equal(sourceHash(text), hash);
  }
});
