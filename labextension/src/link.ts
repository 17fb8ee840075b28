import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import { Signal, type ISignal } from '@lumino/signaling';
import { COMM_TARGET, type FromKernel, type IHelp, type IStatus, type ToKernel } from './protocol.js';

/**
 * The conversation of one notebook with the magics in its kernel.
 *
 * The kernel opens the comm when the magics are loaded; after a reload of the page the comm is found again.
 */
export class Link {
  constructor(readonly panel: NotebookPanel) {
    const { sessionContext } = panel;
    sessionContext.kernelChanged.connect((_, change) => this._attach(change.newValue));
    sessionContext.statusChanged.connect((_, status) => {
      if (status === 'restarting' || status === 'autorestarting') {
        this._forget();
      }
    });
    this._attach(sessionContext.session?.kernel ?? null);
  }

  /** Where the workflow stands; null before one was started. */
  status: IStatus | null = null;

  help: IHelp | null = null;

  /** Emitted when status or help has changed. */
  get changed(): ISignal<Link, void> {
    return this._changed;
  }

  /** Tell the kernel; without a kernel that listens this does nothing. */
  send(message: ToKernel): void {
    if (this._comm && !this._comm.isDisposed) {
      this._comm.send(message);
    }
  }

  private _attach(kernel: Kernel.IKernelConnection | null): void {
    this._forget();
    if (!kernel) {
      return;
    }
    kernel.registerCommTarget(COMM_TARGET, comm => this._listen(comm));
    void this._findAgain(kernel);
  }

  /** After a reload of the page: ask for the comm that the kernel opened before. */
  private async _findAgain(kernel: Kernel.IKernelConnection): Promise<void> {
    try {
      const reply = await kernel.requestCommInfo({ target_name: COMM_TARGET });
      if (reply.content.status === 'ok' && this._comm === null) {
        const [id] = Object.keys(reply.content.comms);
        if (id !== undefined && !kernel.hasComm(id)) {
          this._listen(kernel.createComm(COMM_TARGET, id));
        }
      }
    } catch (error) {
      // The kernel went away while it was asked: the next one is attached by `kernelChanged`.
      console.debug('mlestar: no answer from the kernel', error);
    }
  }

  private _listen(comm: Kernel.IComm): void {
    this._comm = comm;
    comm.onMsg = message => {
      const data = message.content.data as unknown as FromKernel;
      if (data.type === 'status') {
        this.status = data.status;
      } else if (data.type === 'help') {
        this.help = data.help;
      }
      this._changed.emit();
    };
    comm.onClose = () => this._forget();
    this.send({ type: 'hello', protocol: 1 });
  }

  private _forget(): void {
    this._comm = null;
    this.status = null;
    this.help = null;
    this._changed.emit();
  }

  private _comm: Kernel.IComm | null = null;
  private _changed = new Signal<Link, void>(this);
}

/** The link of every open notebook. */
export class Links {
  constructor(tracker: INotebookTracker) {
    tracker.forEach(panel => this._add(panel));
    tracker.widgetAdded.connect((_, panel) => this._add(panel));
  }

  /** Emitted with the link of each notebook that opens. */
  get added(): ISignal<Links, Link> {
    return this._added;
  }

  get(panel: NotebookPanel): Link | undefined {
    return this._links.get(panel);
  }

  all(): Link[] {
    return [...this._links.values()];
  }

  private _add(panel: NotebookPanel): void {
    const link = new Link(panel);
    this._links.set(panel, link);
    panel.disposed.connect(() => this._links.delete(panel));
    this._added.emit(link);
  }

  private _links = new Map<NotebookPanel, Link>();
  private _added = new Signal<Links, Link>(this);
}
