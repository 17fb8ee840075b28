import { NotebookActions, type INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';
import { readMeta } from './cells.js';
import { META, VIEW_MIME } from './protocol.js';

/** Run a magic in a new cell below the one that shows the view. */
export type RunMagic = (node: HTMLElement, command: string) => void;

/**
 * Shows a view's HTML with its actions as buttons.
 *
 * Registered as not safe: in a notebook that is not trusted JupyterLab shows the sanitised `text/html` instead.
 */
class ViewRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(private readonly run: RunMagic) {
    super();
    this.addClass('jp-RenderedHTMLCommon');
    this.addClass('mlestar-output');
    this.node.addEventListener('keydown', event => this._onKey(event));
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.node.innerHTML = String(model.data['text/html'] ?? '');
    for (const code of this.node.querySelectorAll<HTMLElement>('.mlestar-action')) {
      code.replaceWith(this._button(code));
    }
    for (const proposal of this.node.querySelectorAll<HTMLElement>('.mlestar-proposal')) {
      // Else the letters would be JupyterLab's own shortcuts: A inserts a cell.
      proposal.dataset.lmSuppressShortcuts = 'true';
    }
    for (const link of this.node.querySelectorAll<HTMLAnchorElement>('a[href]')) {
      link.target = '_blank';
      link.rel = 'noopener';
    }
  }

  private _button(code: HTMLElement): HTMLButtonElement {
    const {
      mlestarCommand: command = '',
      mlestarLabel: label = command,
      mlestarKey: key = ''
    } = code.dataset;
    const button = document.createElement('button');
    button.className = 'jp-mod-styled mlestar-button';
    button.textContent = label;
    button.title = `%mlestar ${command}` + (key ? ` (key ${key.toUpperCase()})` : '');
    button.dataset.mlestarKey = key;
    if (key) {
      button.setAttribute('aria-keyshortcuts', key);
    }
    button.onclick = () => this.run(this.node, command);
    return button;
  }

  /** A letter presses the button of the attempt that has the focus, or of the whole view. */
  private _onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      target.closest('input, textarea, [contenteditable]')
    ) {
      return;
    }
    const proposal = target.closest('.mlestar-proposal');
    if (!proposal) {
      return;
    }
    const wanted = `button[data-mlestar-key="${CSS.escape(event.key.toLowerCase())}"]`;
    const button = proposal.querySelector<HTMLButtonElement>(wanted) ?? this._of(wanted);
    if (button) {
      event.preventDefault();
      event.stopPropagation();
      button.click();
    }
  }

  /** A button of the view that belongs to no attempt. */
  private _of(selector: string): HTMLButtonElement | undefined {
    const found = [...this.node.querySelectorAll<HTMLButtonElement>(selector)];
    return found.find(button => !button.closest('.mlestar-proposal'));
  }
}

export function viewFactory(run: RunMagic): IRenderMime.IRendererFactory {
  return {
    safe: false,
    mimeTypes: [VIEW_MIME],
    defaultRank: 10,
    createRenderer: () => new ViewRenderer(run)
  };
}

/** Put a magic into a new cell below the cell that shows `node`, and run it: the step stays in the notebook. */
export function runBelow(tracker: INotebookTracker, node: HTMLElement, command: string): void {
  const panel = tracker.find(candidate => candidate.content.node.contains(node));
  const position = panel?.content.widgets.findIndex(cell => cell.node.contains(node)) ?? -1;
  if (!panel || position < 0) {
    return;
  }
  const shared = panel.content.model!.sharedModel;
  const anchor = shared.cells[position].getId();
  const at = afterFollowers(panel, position, anchor);
  shared.transact(() => {
    const cell = shared.insertCell(at, { cell_type: 'code', source: `%mlestar ${command}` });
    cell.setMetadata(META, { action: anchor });
  });
  panel.content.activeCellIndex = at;
  void NotebookActions.run(panel.content, panel.sessionContext);
  void panel.content.scrollToItem(at);
}

/** Below the cells that the phase has left, and below earlier actions: steps stand in their order. */
function afterFollowers(panel: NotebookPanel, position: number, anchor: string): number {
  const cells = panel.content.model!.sharedModel.cells;
  let at = position + 1;
  while (at < cells.length) {
    const meta = cells[at].getMetadata(META) as { action?: string } | undefined;
    const generated = readMeta(cells[at]);
    if (meta?.action !== anchor && (!generated || generated.key.startsWith('phase '))) {
      break;
    }
    at += 1;
  }
  return at;
}
