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

/** From where on something looks wrong (contract §12.1, `diagnostics`). */
export interface DiagnosticConfig {
  /** Failures in a row. */
  readonly failure_threshold: number;
  /** Runs that crashed in a row. */
  readonly crash_threshold: number;
  /** How long a block may go unanswered. */
  readonly blocked_stale_hours: number;
  /** How long a ready task may wait for its start. */
  readonly stranded_threshold_seconds: number;
  /** How often a task may be blocked again right after it was unblocked, and within what time. */
  readonly block_cycle_threshold: number;
  readonly block_cycle_window_seconds: number;
  /** Somebody specifies cards in triage without being asked. */
  readonly specifies: boolean;
}

export const diagnosticDefaults: Omit<DiagnosticConfig, 'failure_threshold' | 'specifies'> = {
  crash_threshold: 2,
  blocked_stale_hours: 24,
  stranded_threshold_seconds: 1800,
  block_cycle_threshold: 3,
  block_cycle_window_seconds: 86_400,
};

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
