/** The settings of a home, after `andon.yaml` and Hermes' `config.yaml` were laid over the defaults (contract §12.1). */
export interface Settings {
  readonly dispatch_in_gateway: boolean;
  /** `undefined` when nobody said, so that it follows `dispatch_in_gateway` (contract §7.1). */
  readonly notify_in_gateway: boolean | undefined;
  /** Seconds between two full passes; wake-ups come at once. */
  readonly dispatch_interval_seconds: number;
  readonly failure_limit: number | undefined;
  readonly max_in_progress: number;
  readonly default_assignee: string;
  readonly worker_log_rotate_bytes: number;
  readonly worker_log_backup_count: number;
  readonly webhooks: Readonly<Record<string, { readonly url: string; readonly secret_env: string }>>;
}
