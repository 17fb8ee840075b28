import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { cells, links } from './plugins';

const plugins: JupyterFrontEndPlugin<unknown>[] = [links, cells];

export default plugins;
