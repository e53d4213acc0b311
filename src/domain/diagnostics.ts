import { rules } from './diagnostic-rules.ts';
import type { Event } from './event.ts';
import type { RunId, Seconds, TaskId } from './ids.ts';
import type { Run } from './run.ts';
import type { Metadata, Task } from './task.ts';

/** What looks wrong with a task, from its row, events and runs alone (contract §11). Nothing is written. */

export const severities = ['warning', 'error', 'critical'] as const;
export type Severity = (typeof severities)[number];

export interface Diagnostic {
  readonly kind: DiagnosticKind;
  readonly severity: Severity;
  readonly title: string;
  readonly detail: string;
  readonly actions: readonly Action[];
  readonly first_seen_at: Seconds;
  readonly last_seen_at: Seconds;
  readonly count: number;
  readonly run_id: RunId | null;
  readonly data: Metadata;
}

export type DiagnosticKind =
  | 'hallucinated_cards'
  | 'prose_phantom_refs'
  | 'triage_aux_unavailable'
  | 'repeated_failures'
  | 'repeated_crashes'
  | 'stuck_in_blocked'
  | 'block_unblock_cycling'
  | 'stranded_in_ready';

/** What somebody can do about it; `command` is a command line. */
export interface Action {
  readonly kind: 'reclaim' | 'reassign' | 'unblock' | 'cli_hint' | 'open_docs' | 'comment';
  readonly label: string;
  readonly payload: { readonly command: string };
  /** The one to try first. */
  readonly suggested: boolean;
}

export interface DiagnosticConfig {
  /** From how many failures in a row a task is told of. */
  readonly failure_threshold: number;
  /** Somebody specifies cards in triage without being asked. */
  readonly specifies: boolean;
}

/** A task with its events of `diagnosticKinds` and its runs, both oldest first. */
export interface Subject {
  readonly task: Task;
  readonly events: readonly Event[];
  readonly runs: readonly Run[];
}

export interface TaskDiagnostics {
  readonly task_id: TaskId;
  readonly task_title: string;
  readonly task_status: string;
  readonly task_assignee: string | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** The worst first, then the newest. A rule that fails on what another program wrote is passed over. */
export function diagnose(subject: Subject, config: DiagnosticConfig, now: Seconds): Diagnostic[] {
  const found = rules.flatMap((rule) => {
    try {
      const diagnostic = rule(subject, config, now);
      return diagnostic === undefined ? [] : [diagnostic];
    } catch {
      return [];
    }
  });
  return found.sort(
    (one, other) =>
      severities.indexOf(other.severity) - severities.indexOf(one.severity) ||
      other.last_seen_at - one.last_seen_at,
  );
}
