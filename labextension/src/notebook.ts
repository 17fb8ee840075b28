/** The notebook that starts a workflow for a data file; nothing here knows of JupyterLab. */

/** Files that `%mlestar start` reads. */
export const DATA_FILE = /\.(csv|tsv|parquet|feather|jsonl)(\.(gz|bz2|xz|zst|zip))?$/i;

/** Files whose header can be read as text. */
export const TEXT_FILE = /\.(csv|tsv)(\.gz)?$/i;

const DELIMITERS = [',', ';', '\t', '|'];

/** The column names in the first line of a table; quotes may hide delimiters and line ends. */
export function readHeader(text: string): string[] {
  const line = firstRecord(text.replace(/^\uFEFF/, ''));
  const counts = DELIMITERS.map(delimiter => splitRecord(line, delimiter).length);
  const delimiter = DELIMITERS[counts.indexOf(Math.max(...counts))];
  return splitRecord(line, delimiter)
    .map(name => name.trim())
    .filter(name => name !== '');
}

function firstRecord(text: string): string {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') {
      quoted = !quoted;
    } else if (!quoted && (text[i] === '\n' || text[i] === '\r')) {
      return text.slice(0, i);
    }
  }
  return text;
}

function splitRecord(line: string, delimiter: string): string[] {
  const fields: string[] = [''];
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const letter = line[i];
    if (quoted && letter === '"' && line[i + 1] === '"') {
      fields[fields.length - 1] += '"';
      i++;
    } else if (letter === '"') {
      quoted = !quoted;
    } else if (letter === delimiter && !quoted) {
      fields.push('');
    } else {
      fields[fields.length - 1] += letter;
    }
  }
  return fields;
}

/** A word as a shell reads it: with doubled braces, and a quote pair behind each dollar, IPython expands neither. */
export function quote(word: string): string {
  const plain = word.replace(/\{/g, '{{').replace(/\}/g, '}}');
  return /^[\w./-]+$/.test(plain) ? plain : `'${plain.replace(/'/g, `'"'"'`).replace(/\$/g, `$$''`)}'`;
}

/** `churn.csv` → `churn-mlestar.ipynb`, or the first such name that is free. */
export function freeName(file: string, taken: readonly string[]): string {
  const stem = file.replace(DATA_FILE, '');
  for (let number = 1; ; number++) {
    const name = `${stem}-mlestar${number > 1 ? `-${number}` : ''}.ipynb`;
    if (!taken.includes(name)) {
      return name;
    }
  }
}

/** The notebook's content: load, start, and the first phase; a run's name where the file's own is taken. */
export function startNotebook(file: string, target: string, name?: string): object {
  const named = name === undefined ? '' : ` --name ${quote(name)}`;
  const sources = [
    '%load_ext mlestar',
    `%mlestar start --dataset ${quote(file)} --target ${quote(target)}${named}`,
    '%%mlestar search\n# notes: what a good model must respect, in plain words'
  ];
  const title = `# ${file}: predict ${target}\n\nRun the cells one by one; each phase leaves the next ones below it.`;
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
    cells: [
      { id: 'mlestar-title', cell_type: 'markdown', metadata: {}, source: title },
      ...sources.map((source, number) => ({
        id: `mlestar-${number}`,
        cell_type: 'code',
        metadata: {},
        source,
        outputs: [],
        execution_count: null
      }))
    ]
  };
}
