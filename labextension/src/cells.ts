import type { NotebookPanel } from '@jupyterlab/notebook';
import { META, sourceHash, type IBatch, type ICellSpec } from './protocol.js';

// Taken from the panel's own type: a dependency on @jupyter/ydoc would tie the extension to one major version of it.
export type SharedNotebook = NonNullable<NotebookPanel['content']['model']>['sharedModel'];
export type SharedCell = SharedNotebook['cells'][number];

/** A version that the kernel made while the human's edit stands in the cell. */
export interface IOffer {
  source: string;
  hash: string;
  metadata: ICellSpec['metadata'];
}

/** Metadata of a generated cell. */
export interface ICellMeta {
  run: string;
  phase: string;
  key: string;
  /** `sourceHash` of the source as it was generated. */
  hash: string;
  /** The cell's own id: a copy has another one. */
  cell?: string;
  block?: string;
  candidate?: string;
  author?: string;
  score?: number | null;
  offered?: IOffer;
  /** Hash of the version that the human declined. */
  declined?: string;
}

/**
 * Metadata of a cell that was run: hashes of what it has left below, by key. They stand beside the cell's own metadata,
 * as the cell of a phase was itself left by the phase before.
 */
interface IAnchorMeta {
  delivered: { run: string; hashes: Record<string, string> };
}

export interface IOutcome {
  inserted: number;
  updated: number;
  /** Left as they are: equal, edited by a human, or written by one. */
  kept: number;
  removed: number;
  /** Edited cells beside which a new version is offered. */
  offered: number;
  /** Not brought back, because a human has deleted them. */
  withheld: number;
}

export function readMeta(cell: SharedCell): ICellMeta | undefined {
  const meta = cell.getMetadata(META) as unknown as ICellMeta | undefined;
  return meta && typeof meta.key === 'string' && typeof meta.hash === 'string' ? meta : undefined;
}

function writeMeta(cell: SharedCell, meta: object): void {
  const plain = JSON.parse(JSON.stringify(meta));
  if (JSON.stringify(cell.getMetadata(META)) !== JSON.stringify(plain)) {
    cell.setMetadata(META, plain);
  }
}

export function isEdited(cell: SharedCell, meta: ICellMeta): boolean {
  return sourceHash(cell.getSource()) !== meta.hash;
}

/**
 * The cells of a batch that stand in the notebook, by key; copies of them are the human's and are left alone, and the
 * cell that ran is none of them.
 */
function findCells(shared: SharedNotebook, anchor: SharedCell, batch: IBatch): Map<string, SharedCell> {
  const found = new Map<string, SharedCell>();
  const copies: [string, SharedCell][] = [];
  for (const cell of shared.cells) {
    const meta = readMeta(cell);
    if (cell !== anchor && meta && meta.run === batch.run && meta.phase === batch.phase) {
      const own = meta.cell === undefined || meta.cell === cell.getId();
      if (own && !found.has(meta.key)) {
        found.set(meta.key, cell);
      } else {
        copies.push([meta.key, cell]);
      }
    }
  }
  // Cut and pasted: the original is gone, and its copy takes its place.
  for (const [key, cell] of copies) {
    if (!found.has(key)) {
      found.set(key, cell);
    }
  }
  return found;
}

/** Whether the human has written the cell of this phase already. */
function writtenByHand(shared: SharedNotebook, spec: ICellSpec): boolean {
  const name = /^phase (\w+)$/.exec(spec.key)?.[1];
  const line = name && new RegExp(`^%%?mlestar\\s+${name}\\b`, 'm');
  return !!line && shared.cells.some(cell => cell.cell_type === 'code' && line.test(cell.getSource()));
}

/**
 * Put the generated cells of a batch below the cell that ran, as one undoable step.
 *
 * Equal cells stay, unedited ones are brought up to date in place, edited ones are kept and get the new version
 * offered, those no longer wanted go unless they were edited, and deleted ones stay deleted while nothing is new.
 * Inside `transact` the list `shared.cells` is stale, so the order is mirrored.
 *
 * @param again - bring deleted cells back, too.
 */
export function applyBatch(shared: SharedNotebook, anchorId: string, batch: IBatch, again = false): IOutcome {
  const outcome: IOutcome = { inserted: 0, updated: 0, kept: 0, removed: 0, offered: 0, withheld: 0 };
  const order: SharedCell[] = [...shared.cells];
  const anchor = order.find(cell => cell.getId() === anchorId);
  if (!anchor) {
    return outcome;
  }
  const mine = findCells(shared, anchor, batch);
  const delivered = readDelivered(anchor, batch);
  const wanted = new Set(batch.cells.map(spec => spec.key));
  shared.transact(() => {
    for (const [key, cell] of mine) {
      if (!wanted.has(key)) {
        removeStale(shared, order, cell, outcome);
      }
    }
    let after = order.indexOf(anchor);
    for (const spec of batch.cells) {
      const hash = sourceHash(spec.source);
      const cell = mine.get(spec.key);
      if (cell) {
        refresh(cell, batch, spec, hash, outcome);
        after = Math.max(after, order.indexOf(cell));
      } else if (writtenByHand(shared, spec)) {
        outcome.kept++;
      } else if (!again && delivered[spec.key] === hash) {
        outcome.withheld++;
      } else {
        after += 1;
        order.splice(after, 0, insert(shared, after, batch, spec, hash));
        outcome.inserted++;
      }
      delivered[spec.key] = hash;
    }
    const left: IAnchorMeta = { delivered: { run: batch.run, hashes: delivered } };
    writeMeta(anchor, { ...(anchor.getMetadata(META) as object), ...left });
  });
  return outcome;
}

function readDelivered(anchor: SharedCell, batch: IBatch): Record<string, string> {
  const meta = anchor.getMetadata(META) as unknown as Partial<IAnchorMeta> | undefined;
  return meta?.delivered?.run === batch.run ? { ...meta.delivered.hashes } : {};
}

function removeStale(shared: SharedNotebook, order: SharedCell[], cell: SharedCell, outcome: IOutcome): void {
  if (isEdited(cell, readMeta(cell)!)) {
    outcome.kept++;
    return;
  }
  const position = order.indexOf(cell);
  shared.deleteCell(position);
  order.splice(position, 1);
  outcome.removed++;
}

function metaOf(batch: IBatch, spec: ICellSpec, hash: string, cell: string): ICellMeta {
  return { run: batch.run, phase: batch.phase, key: spec.key, hash, cell, ...spec.metadata };
}

function insert(
  shared: SharedNotebook,
  position: number,
  batch: IBatch,
  spec: ICellSpec,
  hash: string
): SharedCell {
  const cell = shared.insertCell(position, {
    cell_type: 'code',
    source: spec.source,
    // From the kernel, not typed by the user: not marked as trusted.
    metadata: { trusted: false, tags: ['mlestar-generated'] }
  });
  writeMeta(cell, metaOf(batch, spec, hash, cell.getId()));
  return cell;
}

function refresh(cell: SharedCell, batch: IBatch, spec: ICellSpec, hash: string, outcome: IOutcome): void {
  const meta: ICellMeta & Partial<IAnchorMeta> = readMeta(cell)!;
  const renewed = { ...metaOf(batch, spec, hash, cell.getId()), delivered: meta.delivered };
  if (cell.getSource() === spec.source) {
    writeMeta(cell, renewed);
    outcome.kept++;
  } else if (!isEdited(cell, meta)) {
    cell.setSource(spec.source);
    writeMeta(cell, renewed);
    outcome.updated++;
  } else if (hash === meta.hash || hash === meta.declined) {
    outcome.kept++;
  } else {
    writeMeta(cell, { ...meta, offered: { source: spec.source, hash, metadata: spec.metadata } });
    outcome.offered++;
  }
}

/** Take the offered version in place of the human's, or keep the human's for good; one undoable step. */
export function settleOffer(
  shared: SharedNotebook,
  cell: SharedCell,
  choice: 'theirs' | 'mine'
): ICellMeta | undefined {
  const meta = readMeta(cell);
  if (!meta?.offered) {
    return undefined;
  }
  const { offered, ...rest } = meta;
  shared.transact(() => {
    if (choice === 'theirs') {
      cell.setSource(offered.source);
      writeMeta(cell, { ...rest, ...offered.metadata, hash: offered.hash, declined: undefined });
    } else {
      writeMeta(cell, { ...rest, declined: offered.hash });
    }
  });
  return meta;
}
