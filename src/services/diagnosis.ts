import { type DiagnosticConfig, diagnosticDefaults } from '../domain/diagnostics.ts';
import { failureLimit } from '../domain/retry.ts';
import type { Settings } from './settings.ts';

/** From where on something looks wrong, by the settings of a home. */
export const diagnosisOf = ({
  failure_limit,
  diagnostics,
}: Pick<Settings, 'failure_limit' | 'diagnostics'>): DiagnosticConfig => ({
  ...diagnosticDefaults,
  failure_threshold: failureLimit({ max_retries: null }, failure_limit).limit,
  ...diagnostics,
  // No model can be configured yet that would.
  specifies: false,
});
