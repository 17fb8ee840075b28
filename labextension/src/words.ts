/** What the panel says; nothing here knows of JupyterLab. */
import type { IPhaseStatus, IScored, IStatus } from './protocol.js';

const START = /^%mlestar\s+(start|resume)\b/m;

/** Whether a notebook has cells that take a run up again. */
export function hasRun(sources: readonly string[]): boolean {
  return sources.some(source => START.test(source));
}

/** What to do where the kernel knows of no workflow: a restarted kernel is not an empty notebook. */
export function withoutWorkflow(sources: readonly string[]): string {
  return hasRun(sources)
    ? 'The kernel runs no workflow yet. Run the cells: what they have done before is replayed from the record, ' +
        'not fitted again.'
    : 'No workflow runs in this notebook yet.';
}

/** How many phases wait to be replayed, in a sentence; empty where none does. */
export function onRecord(status: IStatus): string {
  const count = status.phases.filter(phase => phase.state === 'recorded').length;
  return count === 0 || status.progress
    ? ''
    : `${count} ${count === 1 ? 'phase is' : 'phases are'} on record. Run the cells: they replay.`;
}

export function scoreWords(metric: string, found: IScored): string {
  return `${metric} ${Number(found.score.toPrecision(5))}: ${found.label}, ${found.id}`;
}

/** What a phase did, and for which solution, as the tooltip of its row. */
export function phaseTitle(phase: IPhaseStatus, hasCell: boolean): string {
  const about = phase.about === null ? '' : `About the solution ${phase.about}.`;
  const cell = hasCell ? '' : `There is no %%mlestar ${phase.name} cell yet.`;
  return [phase.summary, about, cell].filter(Boolean).join(' ');
}
