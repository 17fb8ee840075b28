import type { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Widget, type PanelLayout } from '@lumino/widgets';
import { diffLines } from 'diff';
import { badgeOf, type IBadge } from './badge.js';
import { readMeta, settleOffer, type ICellMeta, type SharedCell } from './cells.js';
import type { Link } from './link.js';

const DELAY = 80;
const BODY = /^%%mlestar\b/;
const YAML = 'text/x-yaml';

/** The line above a block's cell, with the offer of a new version where there is one. */
class BadgeWidget extends Widget {
  constructor() {
    super();
    this.addClass('mlestar-badge');
    this.node.setAttribute('role', 'note');
  }

  /** Show a badge and, where there is one, an offer; nothing is touched when both are as before. */
  show_(
    badge: IBadge,
    offer: { mine: string; meta: ICellMeta } | null,
    choose: (c: 'theirs' | 'mine') => void
  ): void {
    const key = JSON.stringify([badge, offer?.meta.offered?.hash, offer?.mine]);
    if (key === this._key) {
      return;
    }
    this._key = key;
    this.node.dataset.state = badge.state;
    this.node.replaceChildren(element('b', badge.block), ` ${badge.text}`);
    if (offer?.meta.offered) {
      this.node.append(offerNode(offer.mine, offer.meta.offered.source, choose));
    }
  }

  private _key = '';
}

function element(tag: string, text: string, className = ''): HTMLElement {
  const node = document.createElement(tag);
  node.textContent = text;
  node.className = className;
  return node;
}

/** The diff between the human's version and the new one, and the two ways to settle it. */
function offerNode(mine: string, theirs: string, choose: (choice: 'theirs' | 'mine') => void): HTMLElement {
  const details = document.createElement('details');
  details.className = 'mlestar-offer';
  details.open = true;
  details.dataset.lmSuppressShortcuts = 'true';
  details.append(element('summary', 'There is a new version. Yours stays until you choose.'));
  const pre = document.createElement('pre');
  pre.setAttribute('aria-label', 'What the new version changes in yours');
  for (const part of diffLines(mine, theirs)) {
    const sign = part.added ? '+' : part.removed ? '−' : ' ';
    const kind = part.added ? 'mlestar-added' : part.removed ? 'mlestar-removed' : '';
    for (const line of part.value.replace(/\n$/, '').split('\n')) {
      pre.append(element('span', `${sign} ${line}\n`, kind));
    }
  }
  details.append(pre);
  for (const [choice, label] of [
    ['theirs', 'Use theirs'],
    ['mine', 'Keep mine']
  ] as const) {
    const button = element('button', label, 'jp-mod-styled mlestar-button') as HTMLButtonElement;
    button.onclick = () => choose(choice);
    details.append(button);
  }
  return details;
}

/** Keeps badges, offers and the YAML look of one notebook's cells up to date. */
export class Decorations {
  constructor(private readonly link: Link) {
    const { panel } = link;
    link.changed.connect(() => this._later());
    panel.content.modelContentChanged.connect(() => this._later());
    panel.content.modelChanged.connect(() => this._later());
    panel.disposed.connect(() => window.clearTimeout(this._timer));
    void panel.context.ready.then(() => this._later());
  }

  private _later(): void {
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => this._update(), DELAY);
  }

  private _update(): void {
    const { panel } = this.link;
    if (panel.isDisposed) {
      return;
    }
    for (const cell of panel.content.widgets) {
      if (cell.model.type === 'code') {
        this._badge(cell as CodeCell);
        highlight(panel, cell as CodeCell);
      }
    }
  }

  private _badge(cell: CodeCell): void {
    const shared = cell.model.sharedModel as unknown as SharedCell;
    const source = shared.getSource();
    const meta = readMeta(shared);
    const badge = badgeOf(source, meta, this.link.status);
    let widget = this._badges.get(cell);
    if (badge === null && !meta?.offered) {
      widget?.dispose();
      this._badges.delete(cell);
      return;
    }
    if (!widget) {
      widget = new BadgeWidget();
      (cell.layout as PanelLayout).insertWidget(0, widget);
      this._badges.set(cell, widget);
    }
    const shown: IBadge = badge ?? { block: meta!.key, text: 'edited', state: 'edited' };
    const offer = meta?.offered ? { mine: source, meta } : null;
    widget.show_(shown, offer, choice => this._settle(shared, choice));
  }

  private _settle(cell: SharedCell, choice: 'theirs' | 'mine'): void {
    const meta = settleOffer(this.link.panel.content.model!.sharedModel, cell, choice);
    if (meta?.offered) {
      const { run, phase, key } = meta;
      this.link.send({ type: 'choice', run, phase, key, choice, hash: meta.offered.hash });
    }
    this._later();
  }

  private _timer = 0;
  private _badges = new WeakMap<CodeCell, BadgeWidget>();
}

/** Settings below a phase are YAML, and look like it. */
function highlight(panel: NotebookPanel, cell: CodeCell): void {
  const isBody = BODY.test(cell.model.sharedModel.getSource());
  if (isBody && cell.model.mimeType !== YAML) {
    cell.model.mimeType = YAML;
  } else if (!isBody && cell.model.mimeType === YAML) {
    cell.model.mimeType = panel.content.codeMimetype;
  }
}
