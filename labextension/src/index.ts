import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { cells, links } from './plugins.js';

const plugins: JupyterFrontEndPlugin<unknown>[] = [links, cells];

export default plugins;
