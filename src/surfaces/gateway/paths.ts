import { join } from 'node:path';

/** Whether this runs from `dist`, where each bundle lies flat, or from the sources. */
export const bundled = import.meta.filename.endsWith('.cjs');

const root = join(import.meta.dirname, bundled ? '..' : '../../..');

/** The folder of the `andon` command. */
export const bin = join(root, 'bin');

export const launcher = bundled
  ? join(import.meta.dirname, 'launcher.sh')
  : join(root, 'src', 'services', 'launcher.sh');

/** The dashboard's built page. */
export const page = join(root, 'web', 'dist');
