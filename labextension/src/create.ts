import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, InputDialog, showErrorMessage } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { IDefaultFileBrowser, IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { ServerConnection, type Contents } from '@jupyterlab/services';
import { starIcon } from './icon.js';
import { DATA_FILE, freeName, readHeader, startNotebook, TEXT_FILE } from './notebook.js';

const CREATE = 'mlestar:create-notebook';
const OPEN_WITH = 'mlestar:open-with';
const HEADER_BYTES = 65536;
/** The server reads a whole file to send its beginning. */
const MAX_BYTES = 50_000_000;

/** Makes ready-to-run notebooks: from the launcher, the palette, and a data file's context menu. */
export const create: JupyterFrontEndPlugin<void> = {
  id: 'mlestar-jupyter:create',
  description: 'Creates a ready-to-run MLE-STAR notebook for a data file.',
  autoStart: true,
  optional: [ICommandPalette, ILauncher, IDefaultFileBrowser, IFileBrowserFactory],
  activate: (
    app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    files: IDefaultFileBrowser | null,
    browsers: IFileBrowserFactory | null
  ) => {
    const selected = () => {
      const items = [...((browsers?.tracker.currentWidget ?? files)?.selectedItems() ?? [])];
      return items.length === 1 && DATA_FILE.test(items[0].name) ? items[0].path : undefined;
    };
    app.commands.addCommand(CREATE, {
      label: 'MLE-STAR Notebook',
      caption: 'A notebook that searches, tests and improves models for a data file',
      icon: starIcon,
      execute: async arguments_ => {
        const cwd = (arguments_.cwd as string | undefined) ?? files?.model.path ?? '';
        await attempt(
          app,
          (arguments_.path as string | undefined) ?? (await askFile(cwd)),
          arguments_.target
        );
      }
    });
    app.commands.addCommand(OPEN_WITH, {
      label: 'Open with MLE-STAR',
      icon: starIcon,
      isVisible: () => selected() !== undefined,
      execute: () => attempt(app, selected())
    });
    app.contextMenu.addItem({
      command: OPEN_WITH,
      selector: '.jp-DirListing-item[data-isdir="false"]',
      rank: 3
    });
    palette?.addItem({ command: CREATE, category: 'MLE-STAR' });
    launcher?.add({ command: CREATE, category: 'Notebook', rank: 90 });
  }
};

async function askFile(cwd: string): Promise<string | undefined> {
  const answer = await InputDialog.getText({
    title: 'Which data file?',
    label: 'csv, tsv, parquet, feather or jsonl, from this folder',
    placeholder: 'data.csv'
  });
  const name = answer.button.accept ? answer.value?.trim() : '';
  return name ? PathExt.join(cwd, name) : undefined;
}

async function attempt(app: JupyterFrontEnd, path: string | undefined, target?: unknown): Promise<void> {
  if (path === undefined) {
    return;
  }
  try {
    await createNotebook(app, path, target as string | undefined);
  } catch (error) {
    await showErrorMessage('The MLE-STAR notebook was not created', error as Error);
  }
}

/** Ask for the target where it is not given, write the notebook beside the file, and open it. */
async function createNotebook(app: JupyterFrontEnd, path: string, target?: string): Promise<void> {
  const { contents } = app.serviceManager;
  const file = await contents.get(path, { content: false });
  const wanted = target ?? (await askTarget(app, file));
  if (!wanted) {
    return;
  }
  const folder = PathExt.dirname(path);
  const listing = await contents.get(folder, { content: true });
  const taken = (listing.content as Contents.IModel[]).map(item => item.name);
  const name = PathExt.join(folder, freeName(file.name, taken));
  await contents.save(name, { type: 'notebook', format: 'json', content: startNotebook(file.name, wanted) });
  await app.commands.execute('docmanager:open', { path: name });
}

async function askTarget(app: JupyterFrontEnd, file: Contents.IModel): Promise<string | undefined> {
  const columns = await readColumns(app, file);
  const title = `What shall be predicted from ${file.name}?`;
  const answer = columns.length
    ? await InputDialog.getItem({ title, label: 'Column', items: columns, current: columns.length - 1 })
    : await InputDialog.getText({ title, label: 'Column' });
  return answer.button.accept ? (answer.value?.trim() ?? undefined) : undefined;
}

/** The column names of a text table; none for other files, or when the beginning cannot be read. */
async function readColumns(app: JupyterFrontEnd, file: Contents.IModel): Promise<string[]> {
  if (!TEXT_FILE.test(file.name) || (file.size ?? 0) > MAX_BYTES) {
    return [];
  }
  const url = await app.serviceManager.contents.getDownloadUrl(file.path);
  const response = await ServerConnection.makeRequest(url, {}, app.serviceManager.serverSettings);
  if (!response.ok || !response.body) {
    return [];
  }
  const packed = /\.gz$/i.test(file.name);
  const stream = packed ? response.body.pipeThrough(new DecompressionStream('gzip')) : response.body;
  return readHeader(await beginning(stream));
}

async function beginning(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (text.length < HEADER_BYTES) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}
