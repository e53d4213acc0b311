import type { Row } from '../harness/row.ts';
import { claimComplete } from './p01-claim-complete.ts';
import { create } from './p02-create.ts';
import { growth } from './p06-growth.ts';
import { pages } from './p07-pages.ts';
import { promotion } from './p08-promotion.ts';
import { brief } from './p09-brief.ts';
import { list } from './p13-list.ts';
import { postgres } from './p14-postgres.ts';

/** In the order of the table. */
export const rows: readonly Row[] = [
  // One line each, so that they merge.
  claimComplete,
  create,
  growth,
  pages,
  promotion,
  brief,
  list,
  postgres,
];
