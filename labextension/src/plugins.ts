import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Token } from '@lumino/coreutils';
import { Decorations } from './decorations.js';
import { batchFactory, watchDeliveries } from './delivery.js';
import { Links, type Link } from './link.js';
import { runBelow, viewFactory } from './view.js';

/** The links between notebooks and kernels, shared by the plugins of this extension. */
export const ILinks = new Token<Links>('mlestar-jupyter:ILinks');

export const links: JupyterFrontEndPlugin<Links> = {
  id: 'mlestar-jupyter:links',
  description: 'Keeps the conversation between notebooks and the magics in their kernels.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: ILinks,
  activate: (_app, tracker: INotebookTracker) => new Links(tracker)
};

export const cells: JupyterFrontEndPlugin<void> = {
  id: 'mlestar-jupyter:cells',
  description: 'Inserts the cells that phases generate, and shows what each block is worth.',
  autoStart: true,
  requires: [INotebookTracker, IRenderMimeRegistry, ILinks],
  activate: (_app, tracker: INotebookTracker, rendermime: IRenderMimeRegistry, all: Links) => {
    rendermime.addFactory(batchFactory(tracker));
    rendermime.addFactory(viewFactory((node, command) => runBelow(tracker, node, command)));
    const equip = (link: Link) => {
      watchDeliveries(link.panel);
      stopOnClick(link);
      new Decorations(link);
    };
    all.all().forEach(equip);
    all.added.connect((_, link) => equip(link));
  }
};

/** The Stop button of a running phase: its kernel hears no widget while a cell runs, but it can be interrupted. */
function stopOnClick({ panel }: Link): void {
  panel.content.node.addEventListener(
    'click',
    event => {
      if ((event.target as HTMLElement).closest('.mlestar-stop')) {
        event.stopPropagation();
        void panel.sessionContext.session?.kernel?.interrupt();
      }
    },
    true
  );
}
