import { join } from 'node:path';
import type { Environment } from '../../domain/env.ts';
import type { BoardServer } from './driver.ts';
import type { RunOrder } from './run-order.ts';

/** The board's own server, which the agent starts; it alone has the run's secret. */
export const boardServer = (order: RunOrder, env: Environment, bin: string): BoardServer => ({
  command: join(bin, 'andon'),
  args: ['mcp'],
  env: {
    ...Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) =>
        value !== undefined && isForServer.test(name) ? [[name, value]] : [],
      ),
    ),
    ANDON_RUN_TOKEN: order.token,
    ANDON_BOARD_SIGN: signOf(order),
  },
});

/** Who the worker is, and what a program needs to run at all: some agents pass on nothing of their own. */
const isForServer =
  /^(?:ANDON_(?!AGENT_RUN$)\w+|HERMES_(?:KANBAN_\w+|PROFILE|TENANT|SESSION_ID)|PATH|HOME|LANG|LC_ALL|TMPDIR|TZ)$/;

/** The file that the server makes when the agent talks to it. */
export const signOf = ({ dir }: RunOrder): string => join(dir, 'board');
