import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { links } from './plugins';

const plugins: JupyterFrontEndPlugin<unknown>[] = [links];

export default plugins;
