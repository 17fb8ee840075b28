import { ILabShell, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { Widget } from '@lumino/widgets';
import { blockOf } from './badge.js';
import { starIcon } from './icon.js';
import type { Link, Links } from './link.js';
import { ILinks } from './plugins.js';
import type { IStatus } from './protocol.js';
import { hasRun, onRecord, phaseTitle, scoreWords, withoutWorkflow } from './words.js';

const DELAY = 100;
const SHOW = 'mlestar:show-panel';
const AUTHORS = { planner: 'by the planner', model: 'by the model', human: 'by you' };
const START = '%load_ext mlestar\n%mlestar start --dataset FILE --target COLUMN';

/** Where the workflow of the current notebook stands. */
export const panel: JupyterFrontEndPlugin<void> = {
  id: 'mlestar-jupyter:panel',
  description: 'Shows where the workflow stands, and jumps to its cells.',
  autoStart: true,
  requires: [INotebookTracker, ILinks],
  optional: [ICommandPalette, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    links: Links,
    palette: ICommandPalette | null,
    labShell: ILabShell | null
  ) => {
    const widget = new StatusPanel(tracker, links);
    app.shell.add(widget, 'right', { rank: 900 });
    app.commands.addCommand(SHOW, {
      label: 'Show MLE-STAR Panel',
      icon: starIcon,
      execute: () => (labShell ? labShell.activateById(widget.id) : app.shell.activateById(widget.id))
    });
    palette?.addItem({ command: SHOW, category: 'MLE-STAR' });
  }
};

class StatusPanel extends Widget {
  constructor(
    private readonly tracker: INotebookTracker,
    private readonly links: Links
  ) {
    super();
    this.id = 'mlestar-panel';
    this.title.icon = starIcon;
    this.title.caption = 'MLE-STAR';
    this.addClass('mlestar-panel');
    this.node.tabIndex = -1;
    this.node.setAttribute('aria-label', 'MLE-STAR: where the workflow stands');
    tracker.currentChanged.connect(() => this._follow());
    links.added.connect(() => this._follow());
    this._follow();
  }

  /** Show another notebook's workflow. */
  private _follow(): void {
    const panel = this.tracker.currentWidget;
    const link = panel ? this.links.get(panel) : undefined;
    if (link !== this._link) {
      this._link?.changed.disconnect(this._later, this);
      this._link?.panel.content.modelContentChanged.disconnect(this._later, this);
      this._link = link;
      link?.changed.connect(this._later, this);
      link?.panel.content.modelContentChanged.connect(this._later, this);
      this.node.replaceChildren(); // the same words about another notebook must not keep this one's buttons
    }
    this._render();
  }

  /** Messages and keystrokes come in bursts. */
  private _later(): void {
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => this._render(), DELAY);
  }

  private _render(): void {
    window.clearTimeout(this._timer);
    const parts = this._link?.status ? this._parts(this._link, this._link.status) : [emptyState(this._link)];
    patch(this.node, parts);
    if (this._link?.status?.progress) {
      this._timer = window.setTimeout(() => this._render(), 1000);
    }
  }

  private _parts(link: Link, status: IStatus): HTMLElement[] {
    if (status !== this._shown) {
      this._shown = status;
      this._since = Date.now();
    }
    const parts = [heading(status.run), paragraph(status.task), ...scoreLines(status)];
    if (status.progress) {
      parts.push(...progressLines(link, status, (Date.now() - this._since) / 1000));
    } else if (status.seconds_left !== null) {
      parts.push(paragraph(`${clock(status.seconds_left)} of ${clock(status.timeout ?? 0)} left`));
    }
    parts.push(heading('Phases'));
    if (onRecord(status)) {
      parts.push(replayOffer(link.panel, onRecord(status)));
    }
    parts.push(phaseList(link.panel, status));
    if (status.blocks.length) {
      parts.push(heading('Blocks in use'), blockList(link.panel, status));
    }
    return parts;
  }

  private _link: Link | undefined;
  private _shown: IStatus | null = null;
  private _since = 0;
  private _timer = 0;
}

/** Replace only the parts that differ: what has the keyboard's focus keeps it. */
function patch(node: HTMLElement, parts: HTMLElement[]): void {
  parts.forEach((part, position) => {
    const old = node.children[position];
    if (!old) {
      node.append(part);
    } else if (!old.isEqualNode(part)) {
      const focused = focusKey(old);
      old.replaceWith(part);
      if (focused) {
        part.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus();
      }
    }
  });
  while (node.children.length > parts.length) {
    node.lastElementChild!.remove();
  }
}

function focusKey(node: Element): string | undefined {
  return node.contains(document.activeElement)
    ? (document.activeElement as HTMLElement).dataset.key
    : undefined;
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, text = ''): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}

const heading = (text: string) => element('h3', text);
const paragraph = (text: string) => element('p', text);

function button(key: string, text: string, press: () => void): HTMLButtonElement {
  const node = element('button', text);
  node.className = 'mlestar-row';
  node.dataset.key = key;
  node.onclick = press;
  return node;
}

function emptyState(link: Link | undefined): HTMLElement {
  if (!link) {
    return paragraph('Open a notebook to begin.');
  }
  const { panel } = link;
  const known = sources(panel);
  return hasRun(known)
    ? replayOffer(panel, withoutWorkflow(known))
    : offer(withoutWorkflow(known), 'start', 'Insert a start cell', () => insertStart(panel));
}

/** Running the cells again replays what is on record. */
function replayOffer(panel: NotebookPanel, text: string): HTMLElement {
  const run = () => void NotebookActions.runAll(panel.content, panel.sessionContext);
  return offer(text, 'replay', 'Run all cells', run);
}

/** A sentence with a button that does what it says. */
function offer(text: string, key: string, label: string, press: () => void): HTMLElement {
  const node = element('div');
  const action = button(key, label, press);
  action.className = 'jp-mod-styled mlestar-button';
  node.append(paragraph(text), action);
  return node;
}

function insertStart(panel: NotebookPanel): void {
  const shared = panel.content.model!.sharedModel;
  const position = panel.content.activeCellIndex + 1;
  shared.insertCell(position, { cell_type: 'code', source: START });
  jump(panel, position);
}

/** The present solution, and beside it the best on the same folds, where that is another. */
function scoreLines(status: IStatus): HTMLElement[] {
  if (!status.present) {
    return [paragraph(`Metric: ${status.metric} (${status.direction}).`)];
  }
  const present = element('p');
  present.append(element('b', 'Present solution'), ` ${scoreWords(status.metric, status.present)}`);
  present.append(` (${status.direction})`);
  if (!status.best) {
    return [present];
  }
  const best = element('p');
  best.append(element('b', 'Best so far'), ` on the same folds ${scoreWords(status.metric, status.best)}`);
  best.title = `%mlestar show ${status.best.id}, or %mlestar checkout ${status.best.id} to use it`;
  return [present, best];
}

function progressLines(link: Link, status: IStatus, since: number): HTMLElement[] {
  const { phase, done, label } = status.progress!;
  const left =
    status.seconds_left === null ? '' : `, at most ${clock(Math.max(0, status.seconds_left - since))} left`;
  const what = paragraph(`▶ ${phase}: ${done} evaluated${left}`);
  const stop = button('stop', '■ Stop', () => void link.panel.sessionContext.session?.kernel?.interrupt());
  stop.className = 'jp-mod-styled mlestar-button';
  stop.title = 'Stop the phase; what is finished is kept';
  return label ? [what, paragraph(label), stop] : [what, stop];
}

function phaseList(panel: NotebookPanel, status: IStatus): HTMLElement {
  const list = element('ol');
  list.setAttribute('aria-live', 'polite');
  for (const phase of status.phases) {
    const position = findPhase(panel, phase.name);
    const row = button(phase.name, `${phase.mark} ${phase.name}`, () =>
      jump(panel, findPhase(panel, phase.name))
    );
    row.disabled = position < 0;
    row.title = phaseTitle(phase, position >= 0);
    row.dataset.state = phase.state;
    row.append(element('small', phase.word));
    const item = element('li');
    item.append(row);
    list.append(item);
  }
  return list;
}

function blockList(panel: NotebookPanel, status: IStatus): HTMLElement {
  const list = element('ul');
  for (const { block, author } of status.blocks) {
    const position = findBlock(panel, block);
    const row = button(`block-${block}`, block, () => jump(panel, findBlock(panel, block)));
    row.disabled = position < 0;
    row.title = position < 0 ? `No cell holds it: %mlestar insert ${block}` : 'Go to its cell';
    row.append(element('small', AUTHORS[author]));
    const item = element('li');
    item.append(row);
    list.append(item);
  }
  return list;
}

function sources(panel: NotebookPanel): string[] {
  return panel.content.model?.sharedModel.cells.map(cell => cell.getSource()) ?? [];
}

function findPhase(panel: NotebookPanel, name: string): number {
  const line = new RegExp(`^%%?mlestar\\s+${name}\\b`);
  return sources(panel).findIndex(source => line.test(source));
}

/** The last cell of a block: the one that a run from top to bottom leaves in use. */
function findBlock(panel: NotebookPanel, name: string): number {
  return sources(panel).map(blockOf).lastIndexOf(name);
}

function jump(panel: NotebookPanel, position: number): void {
  panel.content.activeCellIndex = position;
  void panel.content.scrollToItem(position, 'center');
  panel.content.activate();
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 100 ? `${whole} s` : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')} min`;
}
