import { readFileSync } from 'node:fs';

const folder = new URL('../../tests/messages/', import.meta.url);

/** The text of a golden message; the kernel's side tests against the same files. */
export const textOf = name => readFileSync(new URL(`${name}.json`, folder), 'utf8');

export const golden = name => JSON.parse(textOf(name));
