import type { Row } from '../harness/row.ts';

/** In the order of the table. */
export const rows: readonly Row[] = [];
