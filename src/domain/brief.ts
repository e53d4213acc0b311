import type { Checkpoint } from './checkpoint.ts';
import { type Seconds, toMillis, toSeconds } from './ids.ts';
import type { Run } from './run.ts';
import type { Attachment, Comment, Lane, Metadata, Task } from './task.ts';

/** What a worker is told before it starts (contract §9.4). */
export interface BriefInput {
  readonly task: Task;
  /** What the worker is for: the work, or its review. */
  readonly lane: Lane;
  /** What it shall load. */
  readonly skills: readonly string[];
  readonly attachments: readonly Attachment[];
  /** Closed runs of this task, oldest first. */
  readonly attempts: readonly Run[];
  /** The newest of these attempts. */
  readonly checkpoint: Checkpoint | null;
  readonly parents: readonly { readonly task: Task; readonly run: Run | null }[];
  /** The assignee's newest completed runs on other tasks. */
  readonly recent: readonly { readonly task_id: string; readonly title: string; readonly summary: string }[];
  readonly comments: readonly Comment[];
}

// In characters (contract §9.4).
const caps = { body: 8192, field: 4096, comment: 2048, recent: 200 } as const;
const newest = { attempts: 10, comments: 30, recent: 5 } as const;

const clip = (text: string, most: number): string => {
  const characters = [...text];
  return characters.length <= most
    ? text
    : `${characters.slice(0, most).join('')}… [truncated, ${characters.length - most} chars omitted]`;
};

const clock = (time: Seconds): string =>
  `${new Date(toMillis(time)).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const sortKeys = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Metadata with its keys in order, so that the same hand-over always reads the same. */
const metadataLine = (metadata: Metadata): string =>
  `Metadata: ${clip(JSON.stringify(metadata, sortKeys), caps.field)}`;

/** The last `most` of a list, and how many were left out before them. */
const tail = <Item>(items: readonly Item[], most: number): { items: readonly Item[]; omitted: string[] } => {
  const left = items.length - most;
  return { items: items.slice(-most), omitted: left > 0 ? [`(${left} older omitted)`] : [] };
};

/** The brief as Markdown; sections without content are left out. */
export function brief(input: BriefInput): string {
  const sections = [
    heading(input),
    reviewing(input),
    section('Task', input.task.body ? [clip(input.task.body, caps.body)] : []),
    section('Attachments', input.attachments.map(attachmentLine)),
    attempts(input.attempts),
    lastCheckpoint(input),
    parents(input.parents),
    recent(input),
    thread(input.comments),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [`## ${title}`, '', ...lines].join('\n');

function heading({ task, skills }: BriefInput): string {
  const limit = task.max_runtime_seconds;
  const facts = [
    `Assignee: ${task.assignee ?? '(nobody)'}`,
    `Status: ${task.status}`,
    ...(task.tenant === null ? [] : [`Tenant: ${task.tenant}`]),
    `Workspace: ${task.workspace_kind}${task.workspace_path === null ? '' : ` @ ${task.workspace_path}`}`,
    ...(limit === null ? [] : [`Max runtime: ${limit} s`, `Terminal timeout: ${Math.max(1, limit - 30)} s`]),
    ...(task.branch_name === null ? [] : [`Branch: ${task.branch_name}`]),
    ...(skills.length === 0 ? [] : [`Skills: ${skills.join(', ')}`]),
  ];
  return [`# ${task.id}: ${task.title}`, '', ...facts].join('\n');
}

const attachmentLine = (file: Attachment): string =>
  `- ${file.filename} (${file.content_type ?? 'unknown type'}, ${Math.ceil(file.size / 1024)} KB): ${file.stored_path}`;

/** A reviewer has the same card as the implementer, so it has to be told which of the two it is. */
const reviewing = ({ task, lane }: BriefInput): string =>
  lane === 'work'
    ? ''
    : [
        'Lane: review. The work is done; what was said of it is the last of the attempts below. Look at it, then either complete',
        `the task, or send it back with what has to change: \`andon request-changes ${task.id} …\` (kanban_request_changes).`,
      ].join('\n');

function attempts(runs: readonly Run[]): string {
  const shown = tail(runs, newest.attempts);
  const first = runs.length - shown.items.length + 1;
  const lines = shown.items.map((run, index) =>
    [
      `### Attempt ${first + index}: ${run.outcome ?? run.status} (${run.profile ?? 'nobody'}, ${clock(run.started_at)})`,
      ...(run.summary ? [`Summary: ${clip(run.summary, caps.field)}`] : []),
      ...(run.error ? [`Error: ${clip(run.error, caps.field)}`] : []),
      ...(run.metadata ? [metadataLine(run.metadata)] : []),
    ].join('\n'),
  );
  return section('Prior attempts on this task', [...shown.omitted, ...lines]);
}

/** Whole, because the next attempt goes on from it; its length is bounded where it is written. */
function lastCheckpoint({ checkpoint, attempts: runs }: BriefInput): string {
  if (checkpoint === null) return '';
  const number = runs.findIndex((run) => run.id === checkpoint.run_id) + 1;
  return section('Last checkpoint', [
    `Go on from here. Attempt ${number} was this far at ${clock(toSeconds(checkpoint.at))}:`,
    '',
    checkpoint.text,
    ...(checkpoint.data ? [`Data: ${JSON.stringify(checkpoint.data, sortKeys)}`] : []),
  ]);
}

function parents(items: BriefInput['parents']): string {
  const lines = items.map(({ task, run }) =>
    [
      `### ${task.id}: ${task.title}`,
      clip(run?.summary || task.result || '(no result recorded)', caps.field),
      ...(run?.metadata ? [metadataLine(run.metadata)] : []),
    ].join('\n'),
  );
  return section('Parent task results', lines);
}

function recent({ task, recent: items }: BriefInput): string {
  if (task.assignee === null) return '';
  const line = (text: string) => clip(text.trim().split('\n', 1).join(''), caps.recent);
  const lines = items
    .slice(0, newest.recent)
    .map((item) => `- ${item.task_id} ${item.title}: ${line(item.summary)}`);
  return section(`Recent work by @${task.assignee}`, lines);
}

/** The header says that a worker wrote it, so that an author's name cannot pose as an instruction of the system. */
function thread(comments: readonly Comment[]): string {
  const shown = tail(comments, newest.comments);
  const lines = shown.items.map((comment) => {
    const author = comment.author.replaceAll('`', '').replaceAll(/\s+/g, ' ');
    return `comment from worker \`${author}\` at ${clock(comment.created_at)}:\n${clip(comment.body, caps.comment)}`;
  });
  return section('Comment thread', [
    ...shown.omitted,
    ...lines.flatMap((line, index) => (index === 0 ? [line] : ['', line])),
  ]);
}
