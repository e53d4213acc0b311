import { describedProgram } from './described.ts';
import { quickVerbs } from './quick-verbs.ts';
import { firstWord } from './quick-words.ts';
import { own, programOf, running } from './run-verb.ts';
import type { Program, Verb } from './verb.ts';

/** Where each verb lives. Only the invoked one is loaded; help, completion and an unknown word load them all. */
const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  init: () => import('./verbs/init.ts'),
  boards: () => import('./verbs/boards.ts'),
  create: quickVerbs.create,
  list: quickVerbs.list,
  ls: quickVerbs.ls,
  show: quickVerbs.show,
  why: () => import('./verbs/why.ts'),
  link: () => import('./verbs/link.ts'),
  unlink: () => import('./verbs/link.ts'),
  assign: () => import('./verbs/assign.ts'),
  comment: () => import('./verbs/comment.ts'),
  complete: () => import('./verbs/complete.ts'),
  block: () => import('./verbs/block.ts'),
  unblock: () => import('./verbs/block.ts'),
  schedule: () => import('./verbs/schedule.ts'),
  promote: () => import('./verbs/promote.ts'),
  'request-review': () => import('./verbs/review.ts'),
  'request-changes': () => import('./verbs/review.ts'),
  'reopen-review': () => import('./verbs/review.ts'),
  reclaim: () => import('./verbs/reclaim.ts'),
  reassign: () => import('./verbs/reclaim.ts'),
  stop: () => import('./verbs/stop.ts'),
  fail: () => import('./verbs/fail.ts'),
  edit: () => import('./verbs/edit.ts'),
  archive: () => import('./verbs/archive.ts'),
  specify: () => import('./verbs/plan.ts'),
  decompose: () => import('./verbs/plan.ts'),
  swarm: () => import('./verbs/swarm.ts'),
  delete: () => import('./verbs/delete.ts'),
  purge: () => import('./verbs/delete.ts'),
  gc: () => import('./verbs/gc.ts'),
  migrate: () => import('./verbs/migrate.ts'),
  backup: () => import('./verbs/backup.ts'),
  restore: () => import('./verbs/restore.ts'),
  doctor: () => import('./verbs/doctor.ts'),
  diagnostics: () => import('./verbs/diagnostics.ts'),
  diag: () => import('./verbs/diagnostics.ts'),
  tail: () => import('./verbs/tail.ts'),
  stats: () => import('./verbs/stats.ts'),
  assignees: () => import('./verbs/stats.ts'),
  usage: () => import('./verbs/usage.ts'),
  claim: () => import('./verbs/claim.ts'),
  heartbeat: () => import('./verbs/claim.ts'),
  checkpoint: () => import('./verbs/claim.ts'),
  context: () => import('./verbs/context.ts'),
  runs: () => import('./verbs/runs.ts'),
  log: () => import('./verbs/log.ts'),
  transcript: () => import('./verbs/transcript.ts'),
  watch: () => import('./verbs/watch.ts'),
  gateway: () => import('./verbs/gateway.ts'),
  dispatch: () => import('./verbs/dispatch.ts'),
  loop: () => import('./verbs/loop.ts'),
  pause: () => import('./verbs/pause.ts'),
  resume: () => import('./verbs/pause.ts'),
  rests: () => import('./verbs/pause.ts'),
  daemon: () => import('./verbs/daemon.ts'),
  agents: () => import('./verbs/agents.ts'),
  mcp: () => import('./verbs/mcp.ts'),
  dashboard: () => import('./verbs/dashboard.ts'),
  token: () => import('./verbs/token.ts'),
  notify: () => import('./verbs/notify-test.ts'),
  chat: () => import('./verbs/chat.ts'),
  'notify-subscribe': () => import('./verbs/notify.ts'),
  'notify-list': () => import('./verbs/notify.ts'),
  'notify-unsubscribe': () => import('./verbs/notify.ts'),
  deliveries: () => import('./verbs/deliveries.ts'),
  inbox: () => import('./verbs/inbox.ts'),
  acknowledge: () => import('./verbs/inbox.ts'),
  ack: () => import('./verbs/inbox.ts'),
  completion: () => import('./verbs/completion.ts'),
};

/** Runs one command line (without node and file) and sets the process's exit code (contract §8.1). */
export async function run(argv: readonly string[]): Promise<void> {
  const word = firstWord(argv);
  const load = word === undefined || word === 'completion' ? undefined : own(verbs, word);
  await running(async () => {
    const program = load === undefined ? await wholeProgram() : await programOf(word, load);
    await program.parseAsync(word === undefined ? [...argv, '--help'] : argv, { from: 'user' });
  });
}

/** The program with every verb: what help, completion and `docs/cli.md` are made of. */
export async function wholeProgram(): Promise<Program> {
  const program = describedProgram();
  const modules = await Promise.all(Object.values(verbs).map((each) => each()));
  for (const verb of new Set(modules)) verb.register(program);
  return program;
}
