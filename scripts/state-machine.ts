import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { placement } from '../src/domain/create.ts';
import { decide, startsFrom } from '../src/domain/decide.ts';
import type { Facts, Failure, Move } from '../src/domain/decision.ts';
import { asMillis, asRunId, asSeconds } from '../src/domain/ids.ts';
import { type Status, statuses, type Task } from '../src/domain/task.ts';
import { factsWith, moves, parentId, runningTask, taskWith } from '../test/support/samples.ts';

/** Writes `docs/state-machine.md`: what `decide` answers to every verb in every status and situation. */

export const pagePath = join(import.meta.dirname, '..', 'docs', 'state-machine.md');

type Verb = Move['verb'];

const who: Readonly<Record<Verb, string>> = {
  promote: 'The command that satisfies the last parent, and the full pass of the leader.',
  demote: 'A new link to an unfinished parent, and a claim that met one.',
  claim: 'The dispatcher, or somebody outside who pulls work.',
  heartbeat: 'A worker.',
  complete: 'A worker, or a person.',
  block: 'A worker, or a person.',
  unblock: 'A person.',
  schedule: 'A worker, or a person.',
  wake: 'The leader: its time has come.',
  request_review: 'A worker, or a person.',
  request_changes: 'A reviewer.',
  reopen_review: 'A person.',
  promote_manual: 'A person: `andon promote`.',
  place: 'A person who moves the card.',
  invalidate: 'The command that reopens something it was built on.',
  reclaim: 'A person, or the leader once the process has been ended for them.',
  edit: 'A person.',
  assign: 'A person.',
  specify: 'A person, or the specifier.',
  decompose: 'A person, or the decomposer.',
  archive: 'A person.',
  fail: 'The leader: the worker crashed, ran too long, ended without a word, or could not be started. Or its worker, which gives up.',
  requeue:
    'The leader, or the worker: its provider or its machine does not do, or somebody ended its session. It costs no attempt.',
  expire: 'The leader: the claim ran out.',
};

interface Situation {
  readonly task?: Partial<Task>;
  readonly facts?: Partial<Facts>;
  readonly move?: Partial<Move>;
  /** The verbs that can be asked so; all when not said. */
  readonly verbs?: readonly Verb[];
}

const alive: Partial<Facts> = { run: { id: asRunId(7), has_process: true } };
const silence: Failure = { event: 'protocol_violation', error: 'exit 0', payload: {} };
const answering: readonly Verb[] = [
  'heartbeat',
  'complete',
  'block',
  'schedule',
  'request_review',
  'request_changes',
];

/** Each is shown for the verbs to which it makes a difference. */
const situations: Readonly<Record<string, Situation>> = {
  'a parent is neither done nor archived': { facts: { waits_for: [parentId] } },
  'its run was a review': { facts: { lane: 'review' } },
  'its run was a review, and a parent is open': {
    facts: { lane: 'review', waits_for: [parentId] },
    verbs: ['request_changes'],
  },
  'somebody blocked it on purpose': { facts: { sticky: true } },
  'it may not fail any more': { task: { consecutive_failures: 2 } },
  'the worker ended well without a word': { move: { failure: silence }, verbs: ['fail'] },
  'somebody holds its claim': { task: { claim_lock: 'h:2' } },
  'nobody holds its claim': { task: { claim_lock: null } },
  'the process of an earlier run may live': { facts: { lingering: true } },
  'the process of its run may live': { facts: alive },
  'its run says so itself': { facts: alive, move: { run_id: asRunId(7) }, verbs: answering },
  'its kind is `dependency`': { move: { kind: 'dependency' }, verbs: ['block'] },
  'its kind is the same again': {
    task: { block_kind: 'transient', block_recurrences: 1 },
    move: { kind: 'transient' },
    verbs: ['block'],
  },
  'the time is past': { move: { at: asMillis(0) }, verbs: ['schedule'] },
  'by force, although a parent is open': {
    facts: { waits_for: [parentId] },
    move: { force: true },
    verbs: ['promote_manual'],
  },
  'to `triage`': { move: { to: 'triage' }, verbs: ['place'] },
  'to `ready`': { move: { to: 'ready' }, verbs: ['place'] },
  'to `ready`, although a parent is open': {
    facts: { waits_for: [parentId] },
    move: { to: 'ready' },
    verbs: ['place'],
  },
  'its result': { move: { result: '42' }, verbs: ['edit'] },
  'an older run says so': { move: { run_id: asRunId(6) }, verbs: answering },
  'another lock is named': { move: { lock: 'h:2' }, verbs: ['heartbeat'] },
  'it has no open run': { task: { current_run_id: null } },
};

/** The new status, or the code of the refusal. */
function answer(verb: Verb, status: Status, { task, facts, move }: Situation = {}): string {
  const running = status === 'running';
  const run = running ? { id: asRunId(7), has_process: false } : null;
  const given = factsWith({ run, ...facts, ...(!running && { run }) });
  const asked: Move = Object.assign({ ...moves[verb] }, move);
  const result = decide({ ...(running ? runningTask() : taskWith({ status })), ...task }, asked, given);
  return result.ok ? `**${result.value.to}**` : result.refusal.code;
}

const situationsOf = (verb: Verb): [string, Situation][] =>
  Object.entries(situations).filter(([, { verbs: only }]) => only?.includes(verb) ?? true);

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row).join('\n');

/** Every status that a verb can lead to, the usual one first. */
function reached(verb: Verb, status: Status): string[] {
  const answers = [{}, ...situationsOf(verb).map(([, each]) => each)].map((each) =>
    answer(verb, status, each),
  );
  return [...new Set(answers.filter((each) => each.startsWith('**')))];
}

const isVerb = (word: string): word is Verb => word in moves;
const verbs = Object.keys(startsFrom).filter(isVerb);

function overview(): string {
  const rows = verbs.map((verb) => [
    `[${verb}](#${verb})`,
    ...statuses.map((status) => reached(verb, status).join(' ') || '·'),
  ]);
  return table(['', ...statuses], rows);
}

function section(verb: Verb): string {
  const from = startsFrom[verb];
  const usual = from.map((status) => answer(verb, status));
  const special = situationsOf(verb)
    .map(([name, situation]) => [name, ...from.map((status) => answer(verb, status, situation))])
    .filter(([, ...cells]) => cells.join() !== usual.join());
  return `### ${verb}\n\n${who[verb]}\n\n${table(['', ...from], [['as usual', ...usual], ...special])}`;
}

function diagram(): string {
  const edges = new Map<string, string[]>();
  for (const verb of verbs) {
    for (const from of statuses) {
      for (const to of reached(verb, from).map((each) => each.replaceAll('*', ''))) {
        // A card can be moved from anywhere to three columns, which says nothing and hides the rest.
        if (to === from || to === 'archived' || verb === 'place') continue;
        edges.set(`${from} --> ${to}`, [...(edges.get(`${from} --> ${to}`) ?? []), verb]);
      }
    }
  }
  const births = [
    { initial_status: 'blocked' },
    { triage: true },
    { scheduled_in_seconds: asSeconds(60) },
    {},
  ] as const;
  const places = new Set(births.flatMap((input) => [placement(input, true), placement(input, false)]));
  const born = [...places].map((to) => `    [*] --> ${to}: create`);
  const lines = [...edges].map(([edge, by]) => `    ${edge}: ${by.join(', ')}`);
  return ['```mermaid', 'stateDiagram-v2', ...born, ...lines, '```'].join('\n');
}

/** The page, whole. */
export const page = (): string => `# The state machine

Generated from \`src/domain/decide.ts\` by \`npm run docs\`; a test fails when it is not what the code does.

A cell is the new status in bold, or the code of a refusal ([errors.md](errors.md)). Where a verb does not apply to a status
(\`·\` here, no column below) it is refused as \`wrong_status\`, or as \`stale_run\` when it names a run that does not hold the task.

${overview()}

\`archive\`, which leads to \`archived\` from everywhere, and \`place\`, with which a person moves a card, are left out of the picture.

${diagram()}

## Each verb

${verbs.map(section).join('\n\n')}
`;

if (import.meta.main) writeFileSync(pagePath, page());
