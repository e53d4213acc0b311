import type { z } from 'zod';
import type { ByRun, CreateTask } from '../../domain/command.ts';
import { ok, type Result, refuse } from '../../domain/errors.ts';
import type { BoardId, TaskId } from '../../domain/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { read } from '../contract.ts';
import type { Caller } from './caller.ts';

/** What a tool answers, beside `ok: true`. */
export type Answer = Readonly<Record<string, unknown>>;

/** Where the tools work: the same for every call of one server. */
export interface Desk {
  readonly kernel: Kernel;
  readonly caller: Caller;
  /** Whether the caller's token reaches as far as this tool; each does when not said. */
  readonly offers?: ((tool: string) => boolean) | undefined;
  /** Called when somebody has looked at what tools there are. */
  readonly onListed?: (() => void) | undefined;
  readonly boardExists: (board: BoardId) => Promise<boolean>;
  /** The folder that keeps the files of a board's tasks. */
  readonly attachmentsOf: (board: BoardId) => string;
  /** Whether files may be fetched from inside this machine or its network. */
  readonly allowsPrivateUrls: () => Promise<boolean>;
  /** Fills the folder of a new task from its board, where it names none itself. */
  readonly withBoardWorkdir: (board: BoardId, input: CreateTask) => Promise<CreateTask>;
}

/** One call: its desk, and the board that it is about. */
export interface Call extends Desk {
  readonly board: BoardId;
}

/** One row of the table of tools; any transport can list and run it. */
export interface Tool {
  readonly description: string;
  readonly input: z.ZodType;
  readonly visible: (caller: Caller) => boolean;
  /** Runs with arguments as they came: unchecked, with `null` for those not given. */
  readonly run: (desk: Desk, given: unknown) => Promise<Result<Answer>>;
}

/** Makes a row of the table: checks the arguments and the board before `work` sees them. */
export const tool = <Input extends { readonly board?: BoardId | undefined }>(
  row: Pick<Tool, 'description' | 'visible'> & {
    readonly input: z.ZodType<Input>;
    readonly work: (call: Call, input: Input) => Promise<Result<Answer>>;
  },
): Tool => ({
  description: row.description,
  input: row.input,
  visible: row.visible,
  run: async (desk, given) => {
    const checked = read(row.input, withoutNulls(given));
    if (!checked.ok) return checked;
    const board = checked.value.board ?? desk.caller.board;
    if (!(await desk.boardExists(board)))
      return refuse(
        'invalid_input',
        `\`board\` must be a board that exists, and there is no board ${board}.`,
      );
    return row.work({ ...desk, board }, checked.value);
  },
});

/** Agents say `null` for an argument that they leave out. */
function withoutNulls(given: unknown): unknown {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

/** The task that the caller works for, when the call is about its board. */
export const ownTask = (call: Call): TaskId | undefined =>
  call.board === call.caller.board ? call.caller.task : undefined;

/** The task that is meant: the one named, else the caller's own. */
export function meantTask(call: Call, named: TaskId | undefined): Result<TaskId> {
  const task = named ?? ownTask(call);
  return task === undefined
    ? refuse('invalid_input', '`task_id` must be given, because this caller has no task of its own.')
    : ok(task);
}

/** A task that the caller may answer for, and the run that fences the answer: a worker has only its own (contract §9.3). */
export function answerable(call: Call, named: TaskId | undefined): Result<{ task_id: TaskId } & ByRun> {
  const { caller } = call;
  const meant = meantTask(call, named);
  if (!meant.ok) return meant;
  const own = meant.value === ownTask(call);
  if (caller.task !== undefined && !own)
    return refuse(
      'out_of_scope',
      `A worker answers only for its own task ${caller.task}, not for ${meant.value}: say it there with kanban_comment, or make a task of it with kanban_create.`,
      [meant.value, caller.task],
    );
  return ok({ task_id: meant.value, ...(own && { run_id: caller.run, proof: caller.proof }) });
}

/** Turns the value of an accepted result into a tool's answer. */
export const answer = <Value>(result: Result<Value>, shape: (value: Value) => Answer): Result<Answer> =>
  result.ok ? ok(shape(result.value)) : result;
