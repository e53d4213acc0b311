import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type BenchGateway, startGateway } from '../harness/metered-gateway.ts';
import type { Bench, Figure, Row } from '../harness/row.ts';

/** What a gateway does while nothing changes. One that is metered writes, so another one's processor time is taken. */
async function measure(bench: Bench): Promise<readonly Figure[]> {
  const sizes = bench.quick ? [100, 10_000] : [100, 100_000];
  // So long after its start V8 still gives back memory, and a channel looks once more at what it heard of then; a minute
  // later a board that was entered is looked over once. What an idle gateway does comes again within a minute.
  const [settle, seconds] = bench.quick ? [16, 8] : [70, 60];
  const pairs: { tasks: number; metered: BenchGateway; plain: BenchGateway }[] = [];
  try {
    for (const tasks of sizes) {
      const metered = await gatewayOn(bench, tasks, true);
      pairs.push({ tasks, metered, plain: await gatewayOn(bench, tasks, false) });
    }
    await pause(settle * 1000);
    const before = pairs.map(({ metered, plain }) => ({
      statements: metered.metered('sql').length,
      time: plain.processorTime(),
    }));
    await pause(seconds * 1000);
    const figures = pairs.flatMap(({ tasks, metered, plain }, index): Figure[] => {
      const at = `at ${tasks.toLocaleString('en')} tasks`;
      const time = (plain.processorTime() - (before[index]?.time ?? 0)) / seconds;
      const statements = metered.metered('sql').slice(before[index]?.statements);
      const onBoard = statements.filter((line) => line.startsWith('kanban.db '));
      const looks = onBoard.filter((line) => line.endsWith(' pragma data_version'));
      const renewals = statements.filter((line) => /^andon\.db update andon_leases/.test(line));
      return [
        // A second may begin and end within a look.
        { name: `data_version a second ${at}`, ...count(looks.length / seconds, 1.1) },
        { name: `other statements on the board ${at}`, ...count(onBoard.length - looks.length, 0) },
        {
          name: `lease renewals in 15 s ${at}`,
          ...count((renewals.length * 15) / (15 * Math.ceil(seconds / 15)), 1),
        },
        { name: `processor time a second ${at}`, value: time, unit: 'ms', goal: { atMost: 0.5 } },
      ];
    });
    const [small, big] = figures.filter(({ unit }) => unit === 'ms').map(({ value }) => value);
    return [...figures, { name: 'big board by small', value: (big ?? 0) / (small ?? 1), unit: 'x' }];
  } finally {
    for (const { metered, plain } of pairs) await Promise.all([metered.end(), plain.end()]);
  }
}

const count = (value: number, atMost: number) => ({ value, unit: 'count', goal: { atMost } }) as const;

async function gatewayOn(bench: Bench, tasks: number, isMetered: boolean): Promise<BenchGateway> {
  const name = `idle-${tasks}${isMetered ? '-metered' : ''}`;
  mkdirSync(join(bench.folder, name));
  const shape = { tasks, events: tasks * 2, ready: Math.floor(tasks * 0.4), parents: 5 };
  await bench.boards.copyTo(join(bench.folder, name, 'kanban.db'), shape);
  return startGateway(bench, name, { meters: isMetered ? ['sql'] : [] });
}

export const idle: Row = {
  id: 'P4',
  title: 'idle gateway',
  goal: 'no statement on a board but data_version once a second, one lease renewal in 15 s, at most 0.5 ms of processor time a second, equal at 100 and 100,000 tasks',
  measure,
};
