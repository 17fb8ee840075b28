import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { create } from './create.js';
import { hover } from './hover.js';
import { panel } from './panel.js';
import { cells, links } from './plugins.js';

const plugins: JupyterFrontEndPlugin<unknown>[] = [links, cells, panel, create, hover];

export default plugins;
