import type { Row } from '../harness/row.ts';
import { claimComplete } from './p01-claim-complete.ts';
import { create } from './p02-create.ts';
import { batch } from './p03-batch.ts';
import { idle } from './p04-idle.ts';
import { start } from './p05-start.ts';
import { growth } from './p06-growth.ts';
import { pages } from './p07-pages.ts';
import { promotion } from './p08-promotion.ts';
import { brief } from './p09-brief.ts';
import { memory } from './p10-memory.ts';
import { contention } from './p11-contention.ts';
import { stall } from './p12-stall.ts';
import { list } from './p13-list.ts';
import { postgres } from './p14-postgres.ts';
import { simulation } from './p15-simulation.ts';
import { many } from './p16-many.ts';
import { web } from './p17-web.ts';

/** In the order of the table. */
export const rows: readonly Row[] = [
  // One line each, so that they merge.
  claimComplete,
  create,
  batch,
  idle,
  start,
  growth,
  pages,
  promotion,
  brief,
  memory,
  contention,
  stall,
  list,
  postgres,
  simulation,
  many,
  web,
];
