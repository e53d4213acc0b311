import type { ProfileName } from '../domain/ids.ts';

/** Who does the work: `profiles/<name>/andon.yaml` (contract §0). */
export interface Profile {
  readonly name: ProfileName;
  readonly description: string;
  /** The worker's command with the templates `{task}`, `{workspace}`, `{brief}`; absent for a Hermes profile. */
  readonly command: readonly [string, ...string[]] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly max_runtime_seconds: number | undefined;
  readonly toolsets: readonly string[];
}
