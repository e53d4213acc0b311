import type { ProfileName } from '../domain/ids.ts';
import type { Permission } from './agents/driver.ts';

/**
 * How a profile's workers are driven: `command` starts its command, which is the worker itself; `hermes` starts Hermes with
 * the profile of the same name; the others are agents, of which `acp` is whatever speaks the Agent Client Protocol.
 */
export const drivers = [
  'command',
  'hermes',
  'claude',
  'codex',
  'gemini',
  'opencode',
  'copilot',
  'acp',
] as const;
export type DriverName = (typeof drivers)[number];

/** Who does the work: `profiles/<name>/andon.yaml` (contract §0). */
export interface Profile {
  readonly name: ProfileName;
  readonly description: string;
  readonly driver: DriverName;
  /**
   * The worker's command with the templates `{task}`, `{workspace}`, `{brief}`. For an agent: its program, where that is not
   * found under its usual name.
   */
  readonly command: readonly [string, ...string[]] | undefined;
  /** An agent's model, as the agent calls it. */
  readonly model: string | undefined;
  /** Where an agent finds its model, when that is not where its own login says; `key_env` names the variable with the key. */
  readonly provider: { readonly url: string; readonly key_env: string } | undefined;
  /** What an agent may do without asking; whatever is beyond that is refused. */
  readonly may: Permission;
  /** Folders of Markdown (`SKILL.md`) that an agent is given: names below `skills/` of the home, or paths. */
  readonly skills: readonly string[];
  /** How long an agent may say and do nothing before its turn is ended. */
  readonly silence_seconds: number;
  readonly env: Readonly<Record<string, string>>;
  /** Variables of the gateway that an agent gets although they look like secrets. */
  readonly pass_env: readonly string[];
  readonly max_runtime_seconds: number | undefined;
  /** How many of its workers may live at once, over all boards. */
  readonly max_in_progress: number | undefined;
  readonly toolsets: readonly string[];
  /** Skills that its worker shall load for a review, beside those of the task (contract §5.8). */
  readonly review_skills: readonly string[];
}
