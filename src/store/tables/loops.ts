import { asMillis, asSeconds, asTaskId, type BoardId } from '../../domain/ids.ts';
import { type Loop, type LoopChoice, loopStatuses, loopTargets, turnStates } from '../../domain/loop.ts';
import { brandedText, integer, integerAs, jsonStrings, nullable, oneOf, rowOf, text } from '../columns.ts';
import { command, every, type Fragment, fragment, sql } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

const loopRow = rowOf<Loop>('andon_loops', {
  id: text,
  session: text,
  target: oneOf(loopTargets),
  name: text,
  prompt: text,
  command: nullable(jsonStrings),
  folder: nullable(text),
  board: brandedText((value) => value as BoardId),
  interval_seconds: integerAs(asSeconds),
  status: oneOf(loopStatuses),
  created_at: integerAs(asMillis),
  created_by: text,
  user_id: nullable(text),
  gateway: nullable(text),
  last_fired_at: integerAs(asMillis),
  turns_completed: integer,
  turn: integer,
  turn_state: nullable(oneOf(turnStates)),
  turn_mark: nullable(text),
  task_id: nullable(brandedText(asTaskId)),
  note: nullable(text),
});

/** The loops that are meant, in the order in which they were made. */
export function selectLoops(reader: Reader, { session, id }: LoopChoice = {}): Promise<Loop[]> {
  const conditions: Fragment[] = [];
  if (session !== undefined) conditions.push(fragment`session = ${session}`);
  if (id !== undefined) conditions.push(fragment`id = ${id}`);
  return reader.all(sql(loopRow)`
    select * from andon_loops where ${every(conditions)} order by created_at, id`);
}

export const findLoop = (reader: Reader, id: string): Promise<Loop | undefined> =>
  reader.one(sql(loopRow)`select * from andon_loops where id = ${id}`);

export const findLoopByRequest = (reader: Reader, request: string): Promise<Loop | undefined> =>
  reader.one(sql(loopRow)`select * from andon_loops where request = ${request}`);

export function insertLoop(tx: Tx, loop: Loop, request: string | null): void {
  const words = loop.command === null ? null : JSON.stringify(loop.command);
  tx.run(command`
    insert into andon_loops (id, session, target, name, prompt, command, folder, board, interval_seconds, status,
      created_at, created_by, user_id, gateway, request, last_fired_at, turns_completed, turn, turn_state, turn_mark,
      task_id, note)
    values (${loop.id}, ${loop.session}, ${loop.target}, ${loop.name}, ${loop.prompt}, ${words}, ${loop.folder},
      ${loop.board}, ${loop.interval_seconds}, ${loop.status}, ${loop.created_at}, ${loop.created_by},
      ${loop.user_id}, ${loop.gateway}, ${request}, ${loop.last_fired_at}, ${loop.turns_completed}, ${loop.turn},
      ${loop.turn_state}, ${loop.turn_mark}, ${loop.task_id}, ${loop.note})`);
}

/** Writes the columns that change in the life of a loop. */
export function updateLoop(tx: Tx, loop: Loop): void {
  tx.run(command`
    update andon_loops set status = ${loop.status}, last_fired_at = ${loop.last_fired_at},
      turns_completed = ${loop.turns_completed}, turn = ${loop.turn}, turn_state = ${loop.turn_state},
      turn_mark = ${loop.turn_mark}, task_id = ${loop.task_id}, note = ${loop.note}
    where id = ${loop.id}`);
}

export const deleteLoop = (tx: Tx, id: string): void =>
  tx.run(command`delete from andon_loops where id = ${id}`);
