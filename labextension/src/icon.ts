import { LabIcon } from '@jupyterlab/ui-components';

/** A star; the class gives it the theme's colour. */
export const starIcon = new LabIcon({
  name: 'mlestar:star',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16"><path class="jp-icon3" fill="#616161" ' +
    'd="M12 2.5l2.9 6.2 6.6.8-4.9 4.6 1.3 6.7L12 17.4l-5.9 3.4 1.3-6.7L2.5 9.5l6.6-.8z"/></svg>'
});
