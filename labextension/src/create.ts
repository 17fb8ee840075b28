import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, InputDialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { IDefaultFileBrowser, IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { ServerConnection, type Contents } from '@jupyterlab/services';
import { starIcon } from './icon.js';
import { DATA_FILE, freeName, readHeader, startNotebook, TEXT_FILE } from './notebook.js';
import { choose, defaultFolder, readRun, runName, type IChoice, type IKnownRun } from './runs.js';

const CREATE = 'mlestar:create-notebook';
const OPEN_WITH = 'mlestar:open-with';
const HEADER_BYTES = 65536;
/** The server reads a whole file to send its beginning. */
const MAX_BYTES = 50_000_000;
const NOTEBOOK_BYTES = 20_000_000;
const RUNS = 'mlestar_runs';
const JOURNAL = 'journal.sqlite';

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

/**
 * Write a notebook beside the file, and open it; where the file has a run already, ask whether to continue it.
 *
 * Two notebooks on the folder of one run would write over each other.
 */
async function createNotebook(app: JupyterFrontEnd, path: string, target?: string): Promise<void> {
  const { contents } = app.serviceManager;
  const file = await contents.get(path, { content: false });
  const folder = PathExt.dirname(path);
  const listing = await list(contents, folder);
  const choice = choose(file.name, await knownRuns(contents, listing), await journals(contents, listing));
  const answer = choice.folder === undefined ? 'new' : await askRun(file.name, choice);
  if (answer === 'continue' && choice.notebook !== undefined) {
    await app.commands.execute('docmanager:open', { path: PathExt.join(folder, choice.notebook) });
    return;
  }
  const wanted = answer && (target ?? (await askTarget(app, file)));
  if (!wanted) {
    return;
  }
  const taken = listing.map(item => item.name);
  const name = PathExt.join(folder, freeName(file.name, taken));
  const run = answer === 'new' ? choice.name : undefined;
  const content = startNotebook(file.name, wanted, run);
  await contents.save(name, { type: 'notebook', format: 'json', content });
  await app.commands.execute('docmanager:open', { path: name });
}

async function list(contents: Contents.IManager, folder: string): Promise<Contents.IModel[]> {
  return (await contents.get(folder, { content: true })).content as Contents.IModel[];
}

/** The runs of the notebooks in a folder, the notebook that was saved last first. */
async function knownRuns(contents: Contents.IManager, listing: Contents.IModel[]): Promise<IKnownRun[]> {
  const notebooks = listing
    .filter(item => item.type === 'notebook' && (item.size ?? 0) <= NOTEBOOK_BYTES)
    .sort((one, other) => other.last_modified.localeCompare(one.last_modified));
  const runs = await Promise.all(
    notebooks.map(async ({ name, path }) => readRun(name, await sources(contents, path)))
  );
  return runs.filter(run => run !== undefined);
}

async function sources(contents: Contents.IManager, path: string): Promise<string[]> {
  try {
    const { content } = await contents.get(path, { type: 'notebook', content: true });
    return (content.cells as { source: string | string[] }[]).map(cell => [cell.source].flat().join(''));
  } catch (error) {
    // A file that is no notebook, whatever its name says, holds no run, and must not keep others from being made.
    console.debug(`mlestar: ${path} cannot be read`, error);
    return [];
  }
}

/** Names of the folders of runs beside a file: those that hold a journal. */
async function journals(contents: Contents.IManager, listing: Contents.IModel[]): Promise<string[]> {
  const beside = listing.find(item => item.type === 'directory' && item.name === RUNS);
  const runs = beside ? await list(contents, beside.path) : [];
  const found = await Promise.all(
    runs
      .filter(item => item.type === 'directory')
      .map(async ({ name, path }) =>
        (await list(contents, path)).some(item => item.name === JOURNAL) ? name : undefined
      )
  );
  return found.filter(name => name !== undefined);
}

/** Ask whether to continue the run of a file or to begin another; undefined where the human wants neither. */
async function askRun(file: string, choice: IChoice): Promise<'continue' | 'new' | undefined> {
  const opens = choice.notebook ? `opens ${choice.notebook}` : 'makes a notebook for it';
  const fresh = defaultFolder(choice.name ?? runName(file));
  const { button } = await showDialog({
    title: `${file} has a run already`,
    body: `Its run is in ${choice.folder}. Continue ${opens}. New run makes a notebook with a folder of its own, ${fresh}.`,
    buttons: [
      Dialog.cancelButton(),
      Dialog.createButton({ label: 'New run', actions: ['new'] }),
      Dialog.okButton({ label: 'Continue', actions: ['continue'] })
    ],
    defaultButton: 2
  });
  return button.accept ? (button.actions[0] as 'continue' | 'new') : undefined;
}

async function askTarget(app: JupyterFrontEnd, file: Contents.IModel): Promise<string | undefined> {
  const columns = await readColumns(app, file);
  const title = `Which column of ${file.name} should be predicted?`;
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
