import { ok, type Result } from '../domain/errors.ts';
import type { Summary } from '../domain/view.ts';
import type { Reader } from '../store/store.ts';
import { lastEventTime } from '../store/tables/events.ts';
import { unsound } from './health.ts';
import { counts } from './queries.ts';

/** What a board comes to: enough to tell two of its copies apart. */
export async function summary(reader: Reader): Promise<Result<Summary>> {
  const counted = await counts(reader);
  if (!counted.ok) return counted;
  const broken = await unsound(reader);
  if (!broken.ok) return broken;
  return ok({
    counts: counted.value,
    newest_event: await lastEventTime(reader),
    unsound: broken.value.map(({ sentence }) => sentence),
  });
}
