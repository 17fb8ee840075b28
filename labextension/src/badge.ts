import { sourceHash, type IStatus } from './protocol.js';
import type { ICellMeta } from './cells.js';

const MARKER = /^\s*#\s*mlestar:\s*([A-Za-z_]+)/;

export interface IBadge {
  block: string;
  /** What a reader should know, in words. */
  text: string;
  state: 'used' | 'edited' | 'generated';
}

/** The block that a cell stands for: its first line is a marker comment. */
export function blockOf(source: string): string | null {
  return MARKER.exec(source.trimStart().split('\n', 1)[0])?.[1].toLowerCase() ?? null;
}

const AUTHORS: Record<string, string> = { planner: 'by the planner', model: 'by the model', human: 'by you' };

/** What stands above a block's cell: block, score, author, and whether it is in use. */
export function badgeOf(source: string, meta: ICellMeta | undefined, status: IStatus | null): IBadge | null {
  const block = blockOf(source);
  if (block === null) {
    return null;
  }
  const hash = sourceHash(source.trimEnd());
  const used = status?.blocks.find(b => b.block === block);
  if (used && used.hash === hash) {
    return {
      block,
      text: words([score(used.score, status!.metric), AUTHORS[used.author], 'in use']),
      state: 'used'
    };
  }
  if (meta && meta.hash === sourceHash(source)) {
    const known = score(meta.score ?? null, status?.metric ?? '');
    const now = status === null ? '' : used ? 'not in use now' : '';
    return { block, text: words([known, AUTHORS[meta.author ?? 'planner'], now]), state: 'generated' };
  }
  const text = status === null ? 'edited' : 'edited, not scored yet: run the cell';
  return { block, text, state: 'edited' };
}

function score(value: number | null, metric: string): string {
  return value === null ? '' : `${metric} ${Number(value.toPrecision(4))}`.trim();
}

function words(parts: (string | undefined)[]): string {
  return parts.filter(Boolean).join(' · ');
}
