import { formatDuration } from '../domain/duration.ts';
import type { Event } from '../domain/event.ts';
import { type Seconds, toSeconds } from '../domain/ids.ts';
import type { Status, Task } from '../domain/task.ts';
import type { FeedEvent, RunView, Subscription, TaskView } from '../domain/view.ts';
import type { Why } from '../domain/why.ts';
import { runDelays } from './answers.ts';

/** Tasks, runs and events as text, for the terminal and for chat. Nothing here reads the environment or the clock. */

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan';
export type Paint = (style: Style, text: string) => string;
export const plain: Paint = (_, text) => text;

const icons: Partial<Record<Status, string>> = {
  todo: '◻',
  ready: '▶',
  running: '●',
  scheduled: '⏱',
  blocked: '⊘',
  done: '✓',
  archived: '—',
};

const styles: Partial<Record<Status, Style>> = {
  ready: 'cyan',
  running: 'blue',
  blocked: 'yellow',
  done: 'green',
  archived: 'dim',
};

/** The sign of a status (contract §8.2). */
export const icon = (status: Status): string => icons[status] ?? '?';

const iconOf = (task: Task): string => (task.foreign_status === undefined ? icon(task.status) : '?');

const statusText = (task: Task): string =>
  task.foreign_status === undefined ? task.status : oneLine(task.foreign_status, 30);

const painted = (status: Status, paint: Paint, text: string): string => {
  const style = styles[status];
  return style === undefined ? text : paint(style, text);
};

/** Text from the board made safe for a terminal: an agent's title must not move the cursor. Keeps line ends and tabs. */
export const visible = (text: string): string => text.replaceAll(/(?![\n\t])\p{Cc}/gu, '\ufffd');

/** The same on one line, cut to `most` characters. */
export function oneLine(text: string, most = 200): string {
  const line = [...visible(text).replaceAll(/\s+/g, ' ').trim()];
  return line.length > most ? `${line.slice(0, most - 1).join('')}…` : line.join('');
}

/** Local time as `YYYY-MM-DD HH:MM` (contract §8.1). */
export function localTime(time: Seconds): string {
  const date = new Date(time * 1000);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Rows of cells with every column but the last padded to its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[][] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, [...cell].length);
  }
  return rows.map((row) =>
    row.map((cell, index) =>
      index === row.length - 1 ? cell : cell + ' '.repeat((widths[index] ?? 0) - [...cell].length),
    ),
  );
}

const name = (assignee: string | null): string => (assignee === null ? '-' : oneLine(assignee, 40));

/** One line per task: icon, id, status, assignee, [tenant] title (contract §8.2). */
export function taskLines(tasks: readonly Task[], paint: Paint = plain): string[] {
  const cells = columns(tasks.map((task) => [task.id, statusText(task), name(task.assignee), '']));
  return tasks.map((task, index) => {
    const [id = '', status = '', assignee = ''] = cells[index] ?? [];
    const tenant = task.tenant === null ? '' : `${paint('dim', `[${oneLine(task.tenant, 40)}]`)} `;
    const state = painted(task.status, paint, `${iconOf(task)} ${id}  ${status}`);
    return `${state}  ${assignee}  ${tenant}${oneLine(task.title)}`;
  });
}

/** A reason and what happens next, as `andon why` says it. */
export const whyText = (reason: Why): string => `${visible(reason.sentence)} ${visible(reason.next)}`.trim();

/** A whole card: facts, reason, body, result, comments, runs, events. */
export function taskCard(view: TaskView, reason: Why | undefined, paint: Paint = plain): string {
  const { task } = view;
  const parts = [`${paint('bold', task.id)}  ${paint('bold', oneLine(task.title))}\n${facts(view, paint)}`];
  const add = (heading: string, text: string) => parts.push(`${paint('bold', heading)}\n${text}`);
  if (reason) add('Why', indent(whyText(reason)));
  if (task.body) add('Body', indent(visible(task.body)));
  if (task.result) add('Result', indent(visible(task.result)));
  if (view.latest_summary) add('Latest summary', indent(visible(view.latest_summary)));
  if (view.checkpoint) {
    const { run_id, text, data, at } = view.checkpoint;
    const facts = data === null ? '' : `\n${oneLine(JSON.stringify(data), 400)}`;
    const when = `${paint('dim', localTime(toSeconds(at)))} run ${run_id}`;
    add('Last checkpoint', `  ${when}\n${indent(visible(text + facts), '    ')}`);
  }
  if (view.comments.length > 0) {
    const comments = view.comments.map(
      ({ author, body, created_at }) =>
        `  ${paint('dim', localTime(created_at))} ${name(author)}\n${indent(visible(body), '    ')}`,
    );
    add(`Comments (${view.comments.length})`, comments.join('\n'));
  }
  if (view.runs.length > 0) add(`Runs (${view.runs.length})`, indent(runTable(view.runs, paint)));
  if (view.saved_work.length > 0) {
    const lines = view.saved_work.map(
      ({ ref, commit, files }) =>
        `  ${oneLine(ref)}  ${oneLine(commit).slice(0, 10)}  ${amountOf(files, 'file')}`,
    );
    add(`Saved work (${lines.length})`, lines.join('\n'));
  }
  if (view.events.length > 0) {
    const lines = view.events.map((event) => `  ${eventText(event, paint)}`);
    add(`Events (last ${view.events.length})`, lines.join('\n'));
  }
  return parts.join('\n\n');
}

const amountOf = (number: number, thing: string): string => `${number} ${thing}${number === 1 ? '' : 's'}`;

function facts({ task, parents, children, base_commit }: TaskView, paint: Paint): string {
  const at = (time: Seconds | null) => (time === null ? undefined : localTime(time));
  const rows: [string, string | undefined][] = [
    ['status', painted(task.status, paint, `${iconOf(task)} ${statusText(task)}`)],
    ['assignee', name(task.assignee)],
    ['tenant', task.tenant ?? undefined],
    ['priority', task.priority === 0 ? undefined : String(task.priority)],
    [
      'workspace',
      task.workspace_path === null ? task.workspace_kind : `${task.workspace_kind} @ ${task.workspace_path}`,
    ],
    ['base commit', base_commit ?? undefined],
    [
      'max runtime',
      task.max_runtime_seconds === null ? undefined : formatDuration(task.max_runtime_seconds * 1000),
    ],
    ['max retries', task.max_retries === null ? undefined : String(task.max_retries)],
    ['skills', task.skills?.join(', ')],
    ['parents', parents.join(' ')],
    ['children', children.join(' ')],
    ['failures', task.consecutive_failures === 0 ? undefined : String(task.consecutive_failures)],
    ['last error', task.last_failure_error ?? undefined],
    ['created', `${localTime(task.created_at)} by ${name(task.created_by)}`],
    ['started', at(task.started_at)],
    ['completed', at(task.completed_at)],
  ];
  return rows
    .flatMap(([label, value]) =>
      value ? [`  ${paint('dim', label.padEnd(11))} ${factValue(label, value)}`] : [],
    )
    .join('\n');
}

/** The status is painted by us; everything else may come from anywhere. */
const factValue = (label: string, value: string): string =>
  label === 'status' ? value : oneLine(value, 400);

const indent = (text: string, by = '  '): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : by + line))
    .join('\n');

const outcomeStyles: Readonly<Record<string, Style>> = {
  completed: 'green',
  blocked: 'yellow',
  running: 'blue',
};

/** How long a run took: to the millisecond where its process was seen, else by the board's whole seconds. */
function took({ process, started_at, ended_at }: RunView): string {
  if (ended_at === null) return '-';
  if (process !== null && process.started_at !== null && process.ended_at !== null) {
    return formatDuration(Math.max(0, process.ended_at - process.started_at));
  }
  return ended_at === started_at ? '< 1 s' : formatDuration((ended_at - started_at) * 1000);
}

/** Runs as a table; `withTask` adds the column that tells the tasks apart. */
export function runTable(runs: readonly RunView[], paint: Paint = plain, withTask = false): string {
  const span = (milliseconds: number | null) => (milliseconds === null ? '-' : formatDuration(milliseconds));
  const header = [
    'run',
    ...(withTask ? ['task'] : []),
    'outcome',
    'profile',
    'started',
    'took',
    'queued',
    'start',
    '',
  ];
  const rows = runs.map((run) => {
    const { queued_ms, start_ms } = runDelays(run);
    return [
      String(run.id),
      ...(withTask ? [run.task_id] : []),
      run.outcome ?? run.status,
      name(run.profile),
      localTime(run.started_at),
      took(run),
      span(queued_ms),
      span(start_ms),
      oneLine(run.error ?? run.summary ?? '', 100),
    ];
  });
  const [first = [], ...rest] = columns([header, ...rows]);
  const lines = rest.map((cells, index) => {
    const run = runs[index];
    const style = run && (outcomeStyles[run.outcome ?? run.status] ?? 'red');
    return cells
      .map((cell, at) => (style && at === (withTask ? 2 : 1) ? paint(style, cell) : cell))
      .join('  ')
      .trimEnd();
  });
  return [paint('dim', first.join('  ').trimEnd()), ...lines].join('\n');
}

/** An event on one line: time, kind, run, payload. */
export const eventText = (event: Event, paint: Paint = plain): string =>
  [
    paint('dim', localTime(event.created_at)),
    paint('bold', oneLine(event.kind, 60)),
    ...(event.run_id === null ? [] : [`run ${event.run_id}`]),
    payloadText(event),
  ]
    .join('  ')
    .trimEnd();

/** An event as `andon watch` shows it. */
export const feedText = (event: FeedEvent, paint: Paint = plain): string =>
  [
    paint('dim', localTime(event.created_at)),
    event.task_id,
    paint('bold', oneLine(event.kind, 60)),
    ...(event.assignee === null ? [] : [`@${name(event.assignee)}`]),
    oneLine(event.title ?? '', 80),
    paint('dim', payloadText(event)),
  ]
    .join('  ')
    .trimEnd();

/** What a payload says, without what is empty. */
function payloadText({ payload }: Event): string {
  const said = Object.entries(payload ?? {}).filter(
    ([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return said
    .map(
      ([key, value]) => `${key}=${oneLine(typeof value === 'string' ? value : JSON.stringify(value), 100)}`,
    )
    .join(' ');
}

/** Subscriptions as a table. */
export function subscriptionTable(subscriptions: readonly Subscription[], paint: Paint = plain): string {
  const rows = subscriptions.map((each) =>
    [each.task_id, each.platform, each.chat_id, each.thread_id || '-', each.notifier_profile ?? '-'].map(
      (cell) => oneLine(cell, 80),
    ),
  );
  const [first = [], ...rest] = columns([['task', 'platform', 'chat', 'thread', 'profile'], ...rows]);
  return [paint('dim', first.join('  ')), ...rest.map((cells) => cells.join('  '))].join('\n');
}
