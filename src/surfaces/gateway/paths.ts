import { join } from 'node:path';

/** Whether this runs from `dist`, where each bundle lies flat, or from the sources. */
export const bundled = import.meta.filename.endsWith('.cjs');

const root = join(import.meta.dirname, bundled ? '..' : '../../..');

/** The folder of the `andon` command. */
export const bin = join(root, 'bin');

export const launcher = bundled
  ? join(import.meta.dirname, 'launcher.sh')
  : join(root, 'src', 'services', 'launcher.sh');

/** Starts the runner of an agent. */
export const runner: readonly [string, ...string[]] = [
  process.execPath,
  bundled ? join(import.meta.dirname, 'agent.cjs') : join(root, 'src', 'surfaces', 'agent', 'main.ts'),
];

/** Looks at a board's file in a process of its own. */
export const examine = [
  process.execPath,
  join(import.meta.dirname, bundled ? 'examine.cjs' : 'examine.ts'),
] as const;

/** The dashboard's built page. */
export const page = bundled ? join(import.meta.dirname, 'web') : join(root, 'dist', 'web');
