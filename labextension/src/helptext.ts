import type { IHelp } from './protocol.js';

export interface IHelpText {
  from: number;
  to: number;
  text: string;
}

const WORD = /--[\w-]+|[\w.-]+/g;
const FLAG_BEFORE = /(--[\w-]+)(?:\s+|=)['"]?$/;

/** What to say of the word at `offset` in a cell of magics; null where there is nothing to say. */
export function helpFor(text: string, offset: number, help: IHelp): IHelpText | null {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  const line = text.slice(start, end < 0 ? text.length : end);
  const word = wordAt(line, offset - start);
  if (!word) {
    return null;
  }
  const known = /^%%?mlestar\b/.test(line)
    ? inMagic(line, word.from, word.text, help)
    : inBody(text, line, word.from, word.text, help);
  return known ? { from: start + word.from, to: start + word.to, text: known } : null;
}

function wordAt(line: string, column: number): { from: number; to: number; text: string } | null {
  for (const found of line.matchAll(WORD)) {
    const from = found.index!;
    const to = from + found[0].length;
    if (from <= column && column <= to) {
      return { from, to, text: found[0] };
    }
  }
  return null;
}

function inMagic(line: string, from: number, word: string, help: IHelp): string | undefined {
  const before = line.slice(0, from);
  if (/^%%?mlestar\s+$/.test(before)) {
    return own(help.commands, word);
  }
  const flag = FLAG_BEFORE.exec(before)?.[1];
  const takesColumn = flag !== undefined && own(help.flags, flag)?.startsWith('COLUMN:');
  return takesColumn ? own(help.columns, word) : own(help.flags, word);
}

/** A setting's key at the beginning of a line below `%%mlestar PHASE`. */
function inBody(text: string, line: string, from: number, word: string, help: IHelp): string | undefined {
  const phase = /^%%mlestar\s+(\w+)/.exec(text)?.[1];
  const isKey =
    line.slice(0, from).trim() === '' &&
    line
      .slice(from + word.length)
      .trimStart()
      .startsWith(':');
  return phase && isKey ? own(own(help.settings, phase) ?? {}, word.replace(/-/g, '_')) : undefined;
}

/** A name of the mapping itself: "constructor" is no command. */
function own<T>(mapping: Record<string, T>, name: string): T | undefined {
  return Object.prototype.hasOwnProperty.call(mapping, name) ? mapping[name] : undefined;
}
