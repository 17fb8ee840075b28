/** Which runs the notebooks beside a data file hold; nothing here knows of JupyterLab. */

const RUNS = 'mlestar_runs';
const START = /^%mlestar\s+start\s+(.*)$/m;

/** A notebook with the folder of its run, both relative to the folder of the data file. */
export interface IKnownRun {
  notebook: string;
  dataset: string;
  folder: string;
}

/** The name that `start` gives to the run of a file: all before its first dot. */
export function runName(file: string): string {
  const name = file.split('/').pop() ?? file;
  return name.split('.')[0] || 'table';
}

export function defaultFolder(name: string): string {
  return `${RUNS}/${name}`;
}

/** The words of a line as a shell reads them; doubled braces are those that IPython does not expand. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const found of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    const word = found[0].replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double);
    if (word.startsWith('#')) {
      break;
    }
    words.push(word.replace(/\{\{/g, '{').replace(/\}\}/g, '}'));
  }
  return words;
}

/** The run that a notebook's start cell names; none where it starts none from a file. */
export function readRun(notebook: string, sources: readonly string[]): IKnownRun | undefined {
  for (const source of sources) {
    const words = splitWords(START.exec(source)?.[1] ?? '');
    const flags = readFlags(words);
    if (flags.dataset !== undefined) {
      const dataset = clean(flags.dataset);
      const folder = clean(flags.output ?? defaultFolder(flags.name ?? runName(dataset)));
      return { notebook, dataset, folder };
    }
  }
  return undefined;
}

function readFlags(words: readonly string[]): Record<string, string | undefined> {
  const flags: Record<string, string | undefined> = {};
  words.forEach((word, position) => {
    const [, name, value] = /^--([\w-]+)(?:=(.*))?$/.exec(word) ?? [];
    if (name) {
      flags[name] = value ?? words[position + 1];
    }
  });
  return flags;
}

function clean(path: string): string {
  return path.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
}

/** What to do with a data file: which name a new run gets, and which run there is to continue. */
export interface IChoice {
  /** A notebook that holds the file's run: the one that was saved last. */
  notebook?: string;
  /** The folder of the run that is there; none where the file has none. */
  folder?: string;
  /** Name of a new run; none where the file's own name is free. */
  name?: string;
}

/**
 * @param file - Name of the data file.
 * @param known - Runs of the notebooks beside it, the notebook that was saved last first.
 * @param folders - Names of the folders that hold a journal, below `mlestar_runs`.
 */
export function choose(file: string, known: readonly IKnownRun[], folders: readonly string[]): IChoice {
  const own = runName(file);
  const taken = new Set([...known.map(run => run.folder), ...folders.map(defaultFolder)]);
  const mine = known.find(run => run.dataset === file);
  const ofAnother = known.some(run => run.folder === defaultFolder(own) && run.dataset !== file);
  const name = taken.has(defaultFolder(own)) ? freeRun(own, taken) : undefined;
  if (mine) {
    return { notebook: mine.notebook, folder: mine.folder, name };
  }
  return taken.has(defaultFolder(own)) && !ofAnother ? { folder: defaultFolder(own), name } : { name };
}

/** `churn` → `churn-2`, or the first such name whose folder is free. */
function freeRun(own: string, taken: ReadonlySet<string>): string {
  for (let number = 2; ; number++) {
    if (!taken.has(defaultFolder(`${own}-${number}`))) {
      return `${own}-${number}`;
    }
  }
}
