import { writeFileSync } from 'node:fs';
import { report, reportPath } from '../bench/harness/report.ts';

/** Writes `docs/performance.md` anew from the figures of the last whole bench and the notes beside them. */
writeFileSync(reportPath, report());
