import { hoverTooltip } from '@codemirror/view';
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { helpFor } from './helptext.js';
import type { Links } from './link.js';
import { ILinks } from './plugins.js';

/** Says what a command, flag, setting or column is, when the pointer rests on it. */
export const hover: JupyterFrontEndPlugin<void> = {
  id: 'mlestar-jupyter:hover',
  description: 'Explains commands, flags, settings and columns of %mlestar under the pointer.',
  autoStart: true,
  requires: [INotebookTracker, IEditorExtensionRegistry, ILinks],
  activate: (_app, tracker: INotebookTracker, editors: IEditorExtensionRegistry, links: Links) => {
    const tooltip = hoverTooltip((view, offset) => {
      const help = tracker.currentWidget ? links.get(tracker.currentWidget)?.help : null;
      const found = help ? helpFor(view.state.doc.toString(), offset, help) : null;
      if (!found) {
        return null;
      }
      return {
        pos: found.from,
        end: found.to,
        above: true,
        create: () => {
          const dom = document.createElement('div');
          dom.className = 'mlestar-hover';
          dom.textContent = found.text;
          return { dom };
        }
      };
    });
    editors.addExtension({
      name: 'mlestar-jupyter:hover',
      factory: () => EditorExtensionRegistry.createImmutableExtension(tooltip)
    });
  }
};
