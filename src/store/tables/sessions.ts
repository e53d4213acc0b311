import type { RecordSession } from '../../domain/command.ts';
import { command } from '../sql.ts';
import type { Tx } from '../store.ts';

/** A run that begins its session anew names the newer one. */
export function writeSession(tx: Tx, input: RecordSession): void {
  tx.run(command`
    update andon_runs set driver = ${input.driver}, driver_version = ${input.driver_version},
      session = ${input.session.trim()} where run_id = ${input.run_id}`);
}
