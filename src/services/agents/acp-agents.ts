import { join } from 'node:path';
import { codexConfig } from './codex.ts';
import { copilotServers } from './copilot.ts';
import { boardName, type Launch, type Order, type Permission, type Probe } from './driver.ts';
import type { AgentEvent } from './events.ts';
import { failureOf, resetIn } from './failure.ts';
import { geminiRoom } from './gemini.ts';
import { opencodeRoom } from './opencode.ts';

/** What differs between agents that speak the Agent Client Protocol. */
export interface AcpAgent {
  readonly name: string;
  readonly program: string;
  /** Absent for one whose versions nobody knows. */
  readonly probe: Probe | undefined;
  readonly launch: (order: Order) => Omit<Launch, 'stdin' | 'leaves'>;
  /** The board's server goes with the session; else it stands in the agent's configuration. */
  readonly board_in_session: boolean;
  /** How a session of an earlier process is taken up. `load` tells its whole history again as updates, which must be ignored. */
  readonly resume: 'resume' | 'load' | 'none';
  /** The mode that fits what the agent may do, to be set before the first prompt; `undefined`: it has none. */
  readonly mode: Readonly<Record<Permission, string>> | undefined;
  /** Its answer to a prompt counts all tokens of the turn; else those of the last call of the model alone. */
  readonly tells_tokens: boolean;
  /** What its own words mean, for an agent that tells a failure as text and then ends as if all were well. */
  readonly readText?: (text: string, now: number) => readonly AgentEvent[];
}

export type KnownAcpAgent = AcpAgent & { readonly probe: Probe };

const geminiAcp: KnownAcpAgent = {
  name: 'gemini --acp',
  program: 'gemini',
  probe: { args: ['--version'], least: '0.61.0' },
  launch: ({ home, model, provider }) => ({
    args: ['--acp', '--skip-trust', ...(model === undefined ? [] : ['--model', model])],
    ...geminiRoom(home, provider, undefined),
  }),
  board_in_session: true,
  // It offers `session/load`, and finds no session of an earlier process.
  resume: 'none',
  tells_tokens: true,
  mode: { read: 'default', edit: 'autoEdit', everything: 'yolo' },
};

const opencodeAcp: KnownAcpAgent = {
  name: 'opencode acp',
  program: 'opencode',
  probe: { args: ['--version'], least: '1.18.0' },
  launch: ({ home, may, model, provider }) => ({
    args: ['acp'],
    ...opencodeRoom(home, { board: undefined, may, model, provider }),
  }),
  board_in_session: true,
  resume: 'resume',
  tells_tokens: false,
  mode: undefined,
};

const copilotAcp: KnownAcpAgent = {
  name: 'copilot --acp',
  program: 'copilot',
  probe: { args: ['--version', '--no-auto-update'], least: '1.0.100' },
  launch: ({ home, board, may, model, provider }) => ({
    args: [
      '--acp',
      '--stdio',
      '--disable-builtin-mcps',
      '--no-auto-update',
      '--additional-mcp-config',
      `@${join(home, 'mcp.json')}`,
      ...(may === 'everything' ? ['--allow-all'] : ['--allow-tool', boardName]),
      ...(model === undefined ? [] : ['--model', model]),
    ],
    env: {
      COPILOT_HOME: join(home, 'copilot'),
      COPILOT_CACHE_HOME: join(home, 'copilot-cache'),
      COPILOT_AUTO_UPDATE: 'false',
      ...(model !== undefined && { COPILOT_MODEL: model }),
      ...(provider && {
        COPILOT_OFFLINE: 'true',
        COPILOT_PROVIDER_BASE_URL: `${provider.url}/v1`,
        COPILOT_PROVIDER_API_KEY: provider.key,
      }),
    },
    files: [{ path: join(home, 'mcp.json'), text: JSON.stringify(copilotServers(board)) }],
  }),
  // It takes servers over HTTP alone with a session.
  board_in_session: false,
  resume: 'load',
  tells_tokens: true,
  mode: undefined,
  readText: (text, now) => {
    const [, status] = /^Error: (\d{3}) /.exec(text) ?? /^Error: .*\(HTTP (\d{3})\)/.exec(text) ?? [];
    if (status === undefined) return [];
    const failed = failureOf(Number(status), text, false);
    const resets_at = resetIn(text, now);
    return [failed.type === 'limit' && resets_at !== undefined ? { ...failed, resets_at } : failed];
  },
};

const claudeAcp: KnownAcpAgent = {
  name: 'claude-agent-acp',
  program: 'claude-agent-acp',
  probe: { args: ['--version'], least: '0.100.0' },
  launch: ({ home, model, provider }) => ({
    args: [],
    env: {
      CLAUDE_CONFIG_DIR: join(home, 'claude'),
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_SKIP_MCP_DEBUG_LOG_FILES: '1',
      CLAUDE_CODE_MAX_RETRIES: '2',
      DISABLE_AUTOUPDATER: '1',
      ENABLE_TOOL_SEARCH: 'false',
      // After each turn it has a model guess what the user says next, at our cost.
      CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: 'false',
      ...(model !== undefined && { ANTHROPIC_MODEL: model }),
      ...(provider && { ANTHROPIC_BASE_URL: provider.url, ANTHROPIC_API_KEY: provider.key }),
    },
    files: [],
  }),
  board_in_session: true,
  resume: 'resume',
  tells_tokens: true,
  // It begins in `auto`, where a model of the vendor judges each call, and refuses all when that cannot be asked.
  mode: { read: 'default', edit: 'acceptEdits', everything: 'acceptEdits' },
};

const codexAcp: KnownAcpAgent = {
  name: 'codex-acp',
  program: 'codex-acp',
  probe: { args: ['--version'], least: '2.6.0' },
  launch: (order) => ({
    args: [],
    env: {
      CODEX_HOME: join(order.home, 'codex'),
      ...(order.provider && { ANDON_PROVIDER_KEY: order.provider.key }),
    },
    files: [{ path: join(order.home, 'codex', 'config.toml'), text: codexConfig(order, 'on-request') }],
  }),
  // With the session it would be asked about each call; from the configuration, `approve` holds.
  board_in_session: false,
  resume: 'resume',
  tells_tokens: true,
  // It begins in `agent`, where a model judges each call, at our cost.
  mode: { read: 'read-only', edit: 'workspace-write', everything: 'agent-full-access' },
};

export const acpAgents: readonly KnownAcpAgent[] = [geminiAcp, opencodeAcp, copilotAcp, claudeAcp, codexAcp];
