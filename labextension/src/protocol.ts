/**
 * What kernel and front end tell each other. The Python side is `mlestar_jupyter/notebook/frontend.py`; an example of
 * each message, which both sides test against, stands in `tests/messages`.
 */

/** Display data with the cells that a phase generated. */
export const CELLS_MIME = 'application/vnd.mlestar.cells.v1+json';

/** Display data that has a view in its `text/html`, with actions in it. */
export const VIEW_MIME = 'application/vnd.mlestar.view.v1+json';

/** Comm that the kernel opens when the magics are loaded. */
export const COMM_TARGET = 'mlestar';

/** Key below a cell's metadata. */
export const META = 'mlestar';

export type Author = 'planner' | 'model' | 'human';

export interface ICellSpec {
  /** What the cell is within its batch: "block features", "phase ablation". */
  key: string;
  source: string;
  /** Phase, block, candidate, author, score: copied into the cell's metadata. */
  metadata?: Record<string, string | number | null>;
}

export interface IBatch {
  v: 1;
  /** Name of the workflow. */
  run: string;
  /** The phase, or the command, that made the cells. */
  phase: string;
  /** Id of the cell that ran, where the kernel knows it. */
  cell_id: string | null;
  cells: ICellSpec[];
}

export interface IBlockStatus {
  block: string;
  /** `sourceHash` of the block's source in the present solution. */
  hash: string;
  candidate: string;
  score: number | null;
  author: Author;
}

export interface IPhaseStatus {
  name: string;
  /** For styles only: what a reader sees is mark and word. */
  state: 'to do' | 'recorded' | 'running' | 'done' | 'failed' | 'refused' | 'out of date';
  mark: string;
  word: string;
  /** One sentence: what it does, or what came of it. */
  summary: string;
  /** Id of the solution that it is about; null where it is about none. */
  about: string | null;
}

export interface IScored {
  id: string;
  label: string;
  score: number;
}

export interface IStatus {
  run: string;
  /** One sentence about the task. */
  task: string;
  metric: string;
  direction: string;
  phases: IPhaseStatus[];
  /** The solution that is in use. */
  present: IScored | null;
  /** The best on the same folds, where it is another than the present one. */
  best: IScored | null;
  /** Evaluations of the running phase; null while none runs. */
  progress: { phase: string; done: number; label: string; elapsed: number } | null;
  timeout: number | null;
  seconds_left: number | null;
  blocks: IBlockStatus[];
}

/** Plain sentences by name, from the registries that also feed help, completion and docs. */
export interface IHelp {
  commands: Record<string, string>;
  flags: Record<string, string>;
  settings: Record<string, Record<string, string>>;
  columns: Record<string, string>;
}

export type FromKernel = { type: 'status'; status: IStatus } | { type: 'help'; help: IHelp };

export type ToKernel =
  | { type: 'hello'; protocol: 1 }
  | { type: 'choice'; run: string; phase: string; key: string; choice: 'theirs' | 'mine'; hash: string };

/** FNV-1a over UTF-8: notices that a source was edited; the same function as in Python. */
export function sourceHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}

export function isBatch(value: unknown): value is IBatch {
  const batch = value as IBatch;
  return (
    !!batch &&
    batch.v === 1 &&
    typeof batch.run === 'string' &&
    typeof batch.phase === 'string' &&
    Array.isArray(batch.cells) &&
    batch.cells.every(cell => typeof cell.key === 'string' && typeof cell.source === 'string')
  );
}
