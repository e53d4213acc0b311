import { DatabaseSync } from 'node:sqlite';
import { type Connection, defineQueue, JobStatus } from 'plainjob';
import type { Work } from '../harness/child.ts';
import { type Job, timed, warmUp, words } from './job.ts';

/** `tasks`: how many there are at the beginning; all but those that are claimed are done. */
export type PlainJob = Omit<Job, 'does'> & { readonly does: 'pair' | 'create'; readonly tasks: number };

/**
 * The peer, on the same driver, as durable and with the same settings. It knows neither runs nor events, neither keys nor
 * parents: a job is one row. It asks for `synchronous = 1`, which may lose the last commits with the power, and gets `full`.
 */
export const work: Work<PlainJob, number> = async (job) => {
  const database = new DatabaseSync(job.path);
  const queue = defineQueue({ connection: connect(database, job.path), logger: silent });
  const ready = job.does === 'pair' ? (job.untimed ?? warmUp) + job.count : 0;
  const dataOf = (number: number) => ({ title: words.titleOf(number), body: words.body, assignee: 'worker' });
  queue.addMany(
    'task',
    Array.from({ length: job.tasks }, (_, number) => dataOf(number)),
  );
  database
    .prepare('update plainjob_jobs set status = ? where id <= ?')
    .run(JobStatus.Done, job.tasks - ready);
  const time = await timed(job, (number) => {
    if (job.does === 'create') return queue.add('task', dataOf(number));
    // As its own worker does it.
    const taken = queue.getAndMarkJobAsProcessing('task');
    const read = taken && queue.getJobById(taken.id);
    if (read === undefined) throw new Error('There was no job left.');
    return queue.markJobAsDone(read.id);
  });
  queue.close();
  return time;
};

const quiet = (): void => {};
const silent = { error: quiet, warn: quiet, info: quiet, debug: quiet };

/** Its interface to a driver, on `node:sqlite`. */
function connect(database: DatabaseSync, filename: string): Connection {
  const prepare = (text: string) => {
    const statement = database.prepare(text);
    return {
      run: (...given: Parameters<typeof statement.run>) => {
        const { changes, lastInsertRowid } = statement.run(...given);
        return { changes: Number(changes), lastInsertRowid };
      },
      get: (...given: Parameters<typeof statement.get>) => statement.get(...given),
      all: (...given: Parameters<typeof statement.all>) => statement.all(...given),
    };
  };
  const [begin, immediate, commit] = ['begin', 'begin immediate', 'commit'].map((text) =>
    database.prepare(text),
  );
  return {
    driver: 'better-sqlite3',
    filename,
    pragma: (text) =>
      database.exec(`pragma ${text}; pragma synchronous = full; pragma wal_autocheckpoint = 1000`),
    exec: (text) => database.exec(text),
    prepare,
    transaction: (steps) => {
      const within =
        (first = begin) =>
        (...given: Parameters<typeof steps>) => {
          first?.run();
          try {
            const answer = steps(...given);
            commit?.run();
            return answer;
          } catch (error) {
            database.exec('rollback');
            throw error;
          }
        };
      return Object.assign(within(), { immediate: within(immediate) });
    },
    close: () => database.close(),
  };
}
