import type { CodeCell } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime';
import type { KernelMessage } from '@jupyterlab/services';
import { Widget } from '@lumino/widgets';
import { applyBatch } from './cells.js';
import { CELLS_MIME, isBatch, type IBatch } from './protocol.js';

/**
 * Insert cells when the kernel shows a batch.
 *
 * Only live messages count: outputs restored from the file never pass here, so opening a notebook inserts nothing.
 */
export function watchDeliveries(panel: NotebookPanel): void {
  panel.sessionContext.iopubMessage.connect((_, message) => {
    if (message.header.msg_type !== 'display_data') {
      return;
    }
    const content = message.content as KernelMessage.IDisplayDataMsg['content'];
    const batch = content.data[CELLS_MIME] as unknown;
    const kernel = panel.sessionContext.session?.kernel;
    const parent = message.parent_header as KernelMessage.IHeader;
    if (!kernel || !isBatch(batch) || parent.session !== kernel.clientId || !panel.content.model) {
      return; // not ours, or another tab asked for this execution: that one inserts
    }
    const anchor = findAnchor(panel, parent.msg_id, batch.cell_id);
    if (anchor !== null) {
      applyBatch(panel.content.model.sharedModel, anchor, batch);
    }
  });
}

/** The id of the cell whose execution produced a message. */
function findAnchor(panel: NotebookPanel, message: string, cellId: string | null): string | null {
  for (const cell of panel.content.widgets) {
    if (
      cell.model.type === 'code' &&
      (cell as CodeCell).outputArea?.future?.msg?.header?.msg_id === message
    ) {
      return cell.model.id;
    }
  }
  return panel.content.widgets.some(cell => cell.model.id === cellId) ? cellId : null;
}

type Insert = (node: HTMLElement, batch: IBatch) => void;

/** One line in place of the code that other front ends show. */
class BatchRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(private readonly insert: Insert) {
    super();
    this.addClass('mlestar-batch');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const batch = model.data[CELLS_MIME] as unknown;
    if (!isBatch(batch)) {
      this.node.textContent = 'mlestar: this output has cells in a form that this version cannot read.';
      return;
    }
    const button = document.createElement('button');
    button.className = 'jp-mod-styled mlestar-button';
    button.textContent = 'Insert again';
    button.title = 'Bring back the cells below that were deleted';
    button.onclick = () => this.insert(this.node, batch);
    this.node.replaceChildren(describe(batch), ' ', button);
  }
}

/** Which cells stand below, in a sentence. */
export function describe(batch: IBatch): string {
  const blocks = batch.cells.filter(c => c.key.startsWith('block ')).map(c => c.key.slice(6));
  const next = batch.cells.find(c => c.key.startsWith('phase '))?.key.slice(6);
  const parts = blocks.length ? [`the block${blocks.length > 1 ? 's' : ''} ${blocks.join(', ')}`] : [];
  if (next) {
    parts.push(`the next phase, ${next}`);
  }
  return `In cells below, yours to edit: ${parts.join('; ') || `${batch.cells.length} cells`}.`;
}

export function batchFactory(tracker: INotebookTracker): IRenderMime.IRendererFactory {
  const insert: Insert = (node, batch) => {
    const panel = tracker.find(candidate => candidate.content.node.contains(node));
    const cell = panel?.content.widgets.find(widget => widget.node.contains(node));
    if (panel?.content.model && cell) {
      applyBatch(panel.content.model.sharedModel, cell.model.id, batch, true);
    }
  };
  return {
    safe: true,
    mimeTypes: [CELLS_MIME],
    defaultRank: 10,
    createRenderer: () => new BatchRenderer(insert)
  };
}
