import { basename } from 'node:path';
import type { Profile } from '../profile.ts';
import { type AcpAgent, acpAgents } from './acp-agents.ts';
import { speaksAcp } from './acp-turn.ts';
import { claudeTalk } from './claude-talk.ts';
import { codexServer } from './codex-server.ts';
import { copilot } from './copilot.ts';
import { gemini } from './gemini.ts';
import { listened, talkedTo } from './line-turns.ts';
import { opencode } from './opencode.ts';
import type { Agent } from './turn.ts';

/** The agents that Andon knows by name, each in the best of the ways in which it can be driven. */
export const knownAgents: Readonly<Record<string, Agent>> = {
  claude: { ...talkedTo(claudeTalk, 'claude/skills'), name: 'claude' },
  codex: { ...talkedTo(codexServer, 'codex/skills'), name: 'codex' },
  gemini: listened(gemini, '.gemini/skills'),
  opencode: listened(opencode, 'config/opencode/skills'),
  copilot: listened(copilot, 'copilot/skills'),
};

/** Who does a profile's work, and the program to start for it. */
export interface Hired {
  readonly agent: Agent;
  readonly command: readonly [string, ...string[]];
}

/** The agent of a profile; `undefined` when its command is the worker itself. */
export function hiredFor({ driver, command }: Profile): Hired | undefined {
  if (driver === 'acp') {
    if (command === undefined) return undefined;
    const known = acpAgents.find(({ name }) => spoken(command).startsWith(name));
    return known === undefined
      ? { agent: speaksAcp(anyAcp(command[0])), command }
      : { agent: speaksAcp(known), command: [command[0]] };
  }
  const agent = knownAgents[driver];
  return agent && { agent, command: command ?? [agent.program] };
}

/** `/usr/bin/gemini --acp` as people say it. */
const spoken = ([program, ...args]: readonly [string, ...string[]]): string =>
  [basename(program), ...args].join(' ');

/** An agent of which nothing is known but that it speaks the protocol; its configuration and login are the user's own. */
const anyAcp = (program: string): AcpAgent => ({
  name: 'acp',
  program,
  probe: undefined,
  launch: () => ({ args: [], env: {}, files: [] }),
  board_in_session: true,
  resume: 'load',
  mode: undefined,
  tells_tokens: true,
});
