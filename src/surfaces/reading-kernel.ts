import { refuse } from '../domain/errors.ts';
import type { Kernel, Queries } from '../kernel/kernel.ts';

/** What may be asked inside an agent's run: nothing of it changes a board, but for comments. */
const questions: { readonly [Name in keyof Queries]: true } & Partial<Record<keyof Kernel, true>> = {
  show: true,
  list: true,
  cards: true,
  columns: true,
  standing: true,
  counts: true,
  diagnose: true,
  unsound: true,
  summary: true,
  stats: true,
  comments: true,
  attachment: true,
  run: true,
  runPage: true,
  holder: true,
  usage: true,
  deliveries: true,
  deliveryCounts: true,
  inbox: true,
  escalations: true,
  token: true,
  tokens: true,
  pairedPerson: true,
  pairedPeople: true,
  chatPin: true,
  prunable: true,
  inUse: true,
  promotion: true,
  runs: true,
  brief: true,
  feed: true,
  lastEvent: true,
  taskEvents: true,
  subscriptions: true,
  links: true,
  pauses: true,
  rests: true,
  forecast: true,
  dispatchView: true,
  dueDeliveries: true,
  lease: true,
  loops: true,
  goal: true,
  comment: true,
  follow: true,
  health: true,
  release: true,
  close: true,
};

/**
 * A kernel that reads and comments only, for the shell of an agent's run: its worker answers through the board's tools, which
 * alone have the run's secret. It keeps what an agent starts by mistake from steering the board; whoever means harm under the
 * same user can open the files themselves.
 */
export const readingKernel = (kernel: Kernel): Kernel =>
  new Proxy(kernel, {
    get: (target, name, self) =>
      Object.hasOwn(questions, name)
        ? Reflect.get(target, name, self)
        : async () =>
            refuse(
              'out_of_scope',
              `Inside an agent's run the command line reads and comments only, and ${String(name)} changes the board: use the kanban_* tools.`,
            ),
  });
