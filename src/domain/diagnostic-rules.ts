import {
  type Action,
  type Diagnostic,
  type DiagnosticConfig,
  type Subject,
  severities,
} from './diagnostics.ts';
import { formatDuration } from './duration.ts';
import type { Event } from './event.ts';
import type { Seconds } from './ids.ts';
import type { Run } from './run.ts';
import type { Task } from './task.ts';

/** The rules of contract §11, one function each. */

const settled = ['completed', 'edited'];
const intoReady = [
  'created',
  'promoted',
  'promoted_manual',
  'unblocked',
  'reclaimed',
  'failed',
  'crashed',
  'protocol_violation',
  'timed_out',
  'stale',
  'rate_limited',
  'spawn_failed',
  'changes_requested',
  'status',
];

/** The events that a rule looks at; all others may be left out. */
export const diagnosticKinds: readonly string[] = [
  ...new Set([
    ...settled,
    ...intoReady,
    'completion_blocked_hallucination',
    'suspected_hallucinated_references',
    'blocked',
    'gave_up',
    'commented',
  ]),
];

type Rule = (subject: Subject, config: DiagnosticConfig, now: Seconds) => Diagnostic | undefined;

const action = (
  kind: Action['kind'],
  label: string,
  command: string,
  suggested: 'suggested' | '' = '',
): Action => ({ kind, label, payload: { command }, suggested: suggested !== '' });

const hint = (label: string, command: string, suggested: 'suggested' | '' = '') =>
  action('cli_hint', label, command, suggested);

const giveToAnother = ({ id }: Task, suggested: 'suggested' | '' = '') =>
  action('reassign', 'Give it to another profile', `andon assign ${id} PROFILE`, suggested);

const answer = ({ id }: Task) =>
  action('comment', 'Answer on the card', `andon comment ${id} "…"`, 'suggested');

const letGoOn = ({ id }: Task) => action('unblock', 'Let it go on', `andon unblock ${id}`);

type Told = Omit<Diagnostic, 'first_seen_at' | 'last_seen_at' | 'count' | 'run_id'>;

const seen = (events: readonly Event[], told: Told): Diagnostic | undefined => {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return {
    ...told,
    first_seen_at: first.created_at,
    last_seen_at: last.created_at,
    count: events.length,
    run_id: last.run_id,
  };
};

/** Events of one kind since the task was last completed or edited. */
const unsettled = ({ events }: Subject, kind: string): Event[] => {
  const last = events.findLastIndex((event) => settled.includes(event.kind));
  return events.slice(last + 1).filter((event) => event.kind === kind);
};

/** The texts of a list in an event's payload. */
const named = (events: readonly Event[], key: string): string[] => [
  ...new Set(
    events.flatMap(({ payload }) => {
      const list = payload?.[key];
      return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
    }),
  ),
];

const hallucinatedCards: Rule = (subject) => {
  const { task } = subject;
  const events = unsettled(subject, 'completion_blocked_hallucination');
  const cards = named(events, 'phantom_cards');
  return seen(events, {
    kind: 'hallucinated_cards',
    severity: 'error',
    title: 'Its worker claims cards that it did not create',
    detail: `A completion named ${cards.join(', ')} and was refused; the task has not been completed since.`,
    actions: [answer(task), hint('Look at its runs', `andon show ${task.id}`), giveToAnother(task)],
    data: { phantom_cards: cards },
  });
};

const phantomReferences: Rule = (subject) => {
  const { task } = subject;
  // The advice is written beside the completion that it is about, so only what comes after it settles it.
  const events = unsettled(subject, 'suspected_hallucinated_references');
  const refs = named(events, 'phantom_refs');
  return seen(events, {
    kind: 'prose_phantom_refs',
    severity: 'warning',
    title: 'Its summary names tasks that do not exist',
    detail: `There is no ${refs.join(', ')} on this board; whoever reads the summary will look for it in vain.`,
    actions: [hint('Read the summary', `andon show ${task.id}`, 'suggested')],
    data: { phantom_refs: refs },
  });
};

const triageAlone: Rule = ({ task }, config) => {
  if (task.status !== 'triage' || config.specifies) return undefined;
  return {
    kind: 'triage_aux_unavailable',
    severity: 'warning',
    title: 'Nobody specifies it by itself',
    detail: 'It is in triage, and no model is configured that would specify or decompose it.',
    actions: [
      hint('Specify it yourself', `andon specify ${task.id} --title "…" --body "…"`, 'suggested'),
      hint('Or lay out a plan', `andon decompose ${task.id} --plan plan.json`),
    ],
    first_seen_at: task.created_at,
    last_seen_at: task.created_at,
    count: 1,
    run_id: null,
    data: {},
  };
};

const failures = ['failed', 'crashed', 'timed_out', 'spawn_failed', 'gave_up'];
const failed = ({ outcome }: Run) => failures.some((each) => each === outcome);

/** The newest runs that ended in one of these ways, without another in between. */
const trailing = (runs: readonly Run[], such: (run: Run) => boolean): Run[] => {
  const ended = runs.filter((run) => run.ended_at !== null);
  return ended.slice(ended.findLastIndex((run) => !such(run)) + 1);
};

const spanOf = (runs: readonly Run[], { created_at }: Task) => {
  const at = (run: Run | undefined) => run?.ended_at ?? created_at;
  const last = runs.at(-1);
  return { first_seen_at: at(runs[0]), last_seen_at: at(last), run_id: last?.id ?? null };
};

const repeatedFailures: Rule = ({ task, runs }, { failure_threshold: threshold }) => {
  const count = task.consecutive_failures;
  if (count < threshold) return undefined;
  return {
    kind: 'repeated_failures',
    severity: count >= 2 * threshold ? 'critical' : 'error',
    title: `It has failed ${count} times in a row`,
    detail: task.last_failure_error ?? 'No error was recorded.',
    actions: [
      hint('See what its worker wrote', `andon log ${task.id} --tail 4000`, 'suggested'),
      hint('See how its runs ended', `andon runs ${task.id}`),
      giveToAnother(task),
      ...(task.status === 'blocked' ? [letGoOn(task)] : []),
    ],
    ...spanOf(trailing(runs, failed), task),
    count,
    data: { consecutive_failures: count, threshold, last_error: task.last_failure_error },
  };
};

const repeatedCrashes: Rule = (subject, config) => {
  const { task, runs } = subject;
  const crashed = trailing(runs, ({ outcome }) => outcome === 'crashed');
  const count = crashed.length;
  const told = task.consecutive_failures >= config.failure_threshold;
  const { crash_threshold: threshold } = config;
  if (count < threshold || told || task.status === 'archived') return undefined;
  return {
    kind: 'repeated_crashes',
    severity: count >= 2 * threshold ? 'critical' : 'error',
    title: `Its last ${count} runs crashed`,
    detail: crashed.at(-1)?.error ?? 'No error was recorded.',
    actions: [
      hint('See what its worker wrote', `andon log ${task.id} --tail 4000`, 'suggested'),
      giveToAnother(task),
    ],
    ...spanOf(crashed, task),
    count,
    data: { run_ids: crashed.map(({ id }) => id) },
  };
};

const stuckInBlocked: Rule = ({ task, events }, { blocked_stale_hours: hours }, now) => {
  if (task.status !== 'blocked') return undefined;
  const last = events.findLastIndex(({ kind }) => kind === 'blocked' || kind === 'gave_up');
  const block = events[last];
  if (block === undefined || now - block.created_at < hours * 3600) return undefined;
  if (events.slice(last + 1).some(({ kind }) => kind === 'commented' || kind === 'unblocked'))
    return undefined;
  const reason = block.payload?.[block.kind === 'blocked' ? 'reason' : 'error'];
  const said = typeof reason === 'string' ? `: ${reason}` : ', without a reason.';
  return seen([block], {
    kind: 'stuck_in_blocked',
    severity: 'warning',
    title: `It has been blocked for ${formatDuration((now - block.created_at) * 1000)}`,
    detail: `Nobody has answered since${said}`,
    actions: [answer(task), letGoOn(task), giveToAnother(task)],
    data: { reason: reason ?? null, blocked_seconds: now - block.created_at },
  });
};

const cycling: Rule = ({ task, events }, config, now) => {
  const { block_cycle_threshold: threshold, block_cycle_window_seconds: within } = config;
  const blocks = events.filter(({ kind }) => kind === 'blocked' || kind === 'unblocked');
  const again = blocks.filter(
    (event, index) =>
      event.kind === 'blocked' && blocks[index - 1]?.kind === 'unblocked' && now - event.created_at <= within,
  );
  if (again.length < threshold || task.status === 'done' || task.status === 'archived') return undefined;
  return seen(again, {
    kind: 'block_unblock_cycling',
    severity: 'warning',
    title: `It was unblocked and blocked again ${again.length} times within ${formatDuration(within * 1000)}`,
    detail: 'The answers so far did not help its worker; somebody should look at what is asked.',
    actions: [answer(task), hint('Read the thread', `andon show ${task.id}`), giveToAnother(task)],
    data: { cycles: again.length },
  });
};

const strandedInReady: Rule = ({ task, events }, { stranded_threshold_seconds: longest }, now) => {
  if (task.status !== 'ready' || task.assignee === null || task.claim_lock !== null) return undefined;
  const since = events.findLast(({ kind }) => intoReady.includes(kind))?.created_at ?? task.created_at;
  const waited = now - since;
  if (waited < longest) return undefined;
  const severity = waited >= 6 * longest ? 'critical' : waited >= 2 * longest ? 'error' : 'warning';
  return {
    kind: 'stranded_in_ready',
    severity,
    title: `It has been ready for ${formatDuration(waited * 1000)} and nobody starts it`,
    detail: `It is assigned to ${task.assignee}.`,
    actions: [
      hint('Ask why', `andon why ${task.id}`, 'suggested'),
      hint('See whether a gateway dispatches', 'andon gateway status'),
      giveToAnother(task),
    ],
    first_seen_at: since,
    last_seen_at: now,
    count: 1,
    run_id: null,
    data: { waited_seconds: waited, assignee: task.assignee },
  };
};

/** In the order of contract §11's table. */
const rules: readonly Rule[] = [
  hallucinatedCards,
  phantomReferences,
  triageAlone,
  repeatedFailures,
  repeatedCrashes,
  stuckInBlocked,
  cycling,
  strandedInReady,
];

/** The worst first, then the newest. A rule that fails on what another program wrote is passed over. */
export function diagnose(subject: Subject, config: DiagnosticConfig, now: Seconds): Diagnostic[] {
  const found = rules.flatMap((rule) => {
    try {
      const diagnostic = rule(subject, config, now);
      return diagnostic === undefined ? [] : [diagnostic];
    } catch {
      return [];
    }
  });
  return found.sort(
    (one, other) =>
      severities.indexOf(other.severity) - severities.indexOf(one.severity) ||
      other.last_seen_at - one.last_seen_at,
  );
}
