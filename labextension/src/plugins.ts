import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import { Links } from './link';

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
