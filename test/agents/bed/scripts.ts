import { join } from 'node:path';
import type { Driver, Order } from '../../../src/services/agents/driver.ts';
import { call, fail, type Reply, type Step, say } from '../model/script.ts';

/** What a model says in each of the situations that every agent is put into. */

/** The model that an agent is told to use: one whose price it knows, where it knows any. */
export const modelOf = (agent: string): string => {
  if (agent.startsWith('claude')) return 'claude-sonnet-4-5';
  return agent.startsWith('gemini') ? 'gemini-2.5-flash' : 'scripted-1';
};

/** A command for the agent's own shell, under the name and with the arguments that it wants. */
export function shell(agent: string, command: string): Reply {
  const description = 'Runs a command';
  if (agent.startsWith('claude')) return call('Bash', { command, description });
  if (agent.startsWith('codex')) return call('exec_command', { cmd: command, yield_time_ms: 30_000 });
  if (agent.startsWith('gemini')) return call('run_shell_command', { command, description });
  if (agent.startsWith('opencode')) return call('bash', { command, description, timeout: 60_000 });
  return call('bash', { command, description, initial_wait: 60 });
}

/** A command that runs until it is killed. */
export const endless = (word: string): string => `node -e 'setTimeout(() => {}, 600000, "${word}")'`;

/** Changes `one` to `two` in a file, having read it where that is asked for. */
export function edit(agent: string, path: string): Reply[] {
  if (agent.startsWith('claude'))
    return [
      call('Read', { file_path: path }),
      call('Edit', { file_path: path, old_string: 'one', new_string: 'two' }),
    ];
  if (agent.startsWith('codex')) {
    const patch = `*** Begin Patch\n*** Update File: ${path}\n@@\n-one\n+two\n*** End Patch`;
    return [call('exec_command', { cmd: `apply_patch <<'EOF'\n${patch}\nEOF` })];
  }
  if (agent.startsWith('gemini'))
    return [call('replace', { file_path: path, old_string: 'one', new_string: 'two', instruction: 'Count' })];
  if (agent.startsWith('opencode'))
    return [
      call('read', { filePath: path }),
      call('edit', { filePath: path, oldString: 'one', newString: 'two' }),
    ];
  return [call('edit', { path, old_str: 'one', new_str: 'two' })];
}

export interface Situation {
  readonly script: readonly Step[];
  readonly order?: Partial<Order>;
}

/** Looks at its task and completes it. */
export const works: Situation = {
  script: [
    {
      think: 'I look first.',
      say: 'I look at the task.',
      calls: [{ tool: 'kanban_show' }],
      usage: { input: 1000, cached: 400, output: 50, thought: 20 },
    },
    call('kanban_complete', { summary: 'said hello' }, { input: 2000, cached: 1000, output: 60 }),
    say('All done.'),
  ],
};
/** What `works` costs in tokens. */
export const worksCost = { input: 3100, cached: 1400, output: 120 };

export const asks: Situation = {
  script: [
    call('kanban_block', { reason: 'Which colour?', kind: 'needs_input' }),
    say('I wait for an answer.'),
  ],
};

export const answered: Situation = {
  script: [call('kanban_complete', { summary: 'painted it blue' }), say('Done.')],
  order: { prompt: 'The answer is: blue. Go on.' },
};

/** Ends without a word to the board. */
export const silent: Situation = { script: [say('I think all is well.')] };

export const failing = (...[kind, more]: Parameters<typeof fail>): Situation => ({
  script: [fail(kind, { times: Number.POSITIVE_INFINITY, ...more })],
});

/** Wants what it may not do; some agents are not even offered it. */
export const forbidden = (agent: string): Situation => ({
  script: [
    ({ offered }) => {
      const wanted = shell(agent, 'rm -r precious');
      const tool = wanted.calls?.[0]?.tool ?? '';
      return offered.includes(tool) ? wanted : say('I may not.');
    },
    say('So be it.'),
  ],
  order: { may: 'read' },
});

export const boardMissing = (order: Order): Situation => ({
  script: [say('There is no board.')],
  order: { board: { ...order.board, command: join(order.home, 'no-such-program') } },
});

export const order = (driver: Pick<Driver, 'name'>): Partial<Order> => ({ model: modelOf(driver.name) });
