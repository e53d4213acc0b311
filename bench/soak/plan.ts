/** What happens to a task: the worker that it is given, how often that is started, and of what people are told, in order. */
export const plans = {
  quick: { starts: 1, told: ['completed'] },
  /** Asks a question, and completes when it was answered. */
  asks: { starts: 2, told: ['blocked', 'completed'] },
  /** Says at first that it cannot go on. Crashes that are alike would not do: their profile gets a rest. */
  fails: { starts: 2, told: ['failed', 'completed'] },
  /** Completes by MCP. */
  mcp: { starts: 1, told: ['completed'] },
} as const;

export type Kind = keyof typeof plans;
export type Word = (typeof plans)[Kind]['told'][number];

/** The order in which they are made; the second of each pair waits for the first. */
export const kinds: readonly Kind[] = ['quick', 'asks', 'quick', 'fails', 'mcp', 'quick', 'quick', 'quick'];

export const platforms = ['webhook', 'ntfy'] as const;
export type Platform = (typeof platforms)[number];

const line = (message: unknown): string => `printf '%s\\n' '${JSON.stringify(message)}'`;
const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'soak', version: '0' } };
const completion = { name: 'kanban_complete', arguments: { summary: 'Done by MCP.' } };

/** Each says first when it was started, by the clock of the machine. */
const begin = `printf '%s %s\\n' "$ANDON_TASK" "$(date +%s%3N)" >>"$ANDON_HOME/starts"`;

/** Lines of shell for each worker. */
export const workers: Readonly<Record<Kind, string>> = {
  quick: `${begin}
andon complete "$ANDON_TASK" --summary "All done."`,
  asks: `${begin}
if [ -e "$ANDON_HOME/asked-$ANDON_TASK" ]; then
  rm "$ANDON_HOME/asked-$ANDON_TASK"
  andon complete "$ANDON_TASK" --summary "Answered."
else touch "$ANDON_HOME/asked-$ANDON_TASK"; andon block "$ANDON_TASK" "Left or right?"; fi`,
  fails: `${begin}
if [ -e "$ANDON_HOME/failed-$ANDON_TASK" ]; then
  rm "$ANDON_HOME/failed-$ANDON_TASK"
  andon complete "$ANDON_TASK" --summary "At the second go."
else touch "$ANDON_HOME/failed-$ANDON_TASK"; andon fail "$ANDON_TASK" "The tests do not pass."; fi`,
  // The server ends with its input, which stays open until it has answered the call.
  mcp: `${begin}
mkfifo "$ANDON_WORKSPACE/answers"
{
  ${line({ jsonrpc: '2.0', id: 1, method: 'initialize', params: hello })}
  ${line({ jsonrpc: '2.0', method: 'notifications/initialized' })}
  ${line({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: completion })}
  grep -m 1 -q '"id":2' <"$ANDON_WORKSPACE/answers"
} | andon mcp >"$ANDON_WORKSPACE/answers"`,
};
