import { McpServer } from '@modelcontextprotocol/server';
import { type Result, refuse } from '../../domain/errors.ts';
import type { Answer, Desk, Tool } from './tool.ts';
import { tools } from './tools.ts';

/**
 * The tools of contract §9 as an MCP server. It lists what the caller may see and checks that again at each call. The
 * request handlers are our own because a wrong argument must reach the agent as the same refusal as everywhere else. Calls
 * that are not answered yet stand in `calls`.
 */
export function mcpServer(desk: Desk, version: string, calls: Set<Promise<unknown>>): McpServer {
  const server = new McpServer(
    { name: 'andon', version },
    { capabilities: { tools: { listChanged: false } } },
  );
  server.server.setRequestHandler('tools/list', () => {
    desk.onListed?.();
    const offered = Object.entries(tools).filter(
      ([name, tool]) => tool.visible(desk.caller) && (desk.offers?.(name) ?? true),
    );
    return {
      tools: offered.map(([name, tool]) => ({
        name,
        description: tool.description,
        inputSchema: inputSchema(tool),
      })),
    };
  });
  server.server.setRequestHandler('tools/call', async ({ params }) => {
    const call = runTool(desk, params.name, params.arguments);
    calls.add(call);
    try {
      return rendered(await call);
    } catch (fault) {
      const message = fault instanceof Error ? fault.message : String(fault);
      return failure({ code: 'fault', error: `${params.name}: ${message}`, ids: [] });
    } finally {
      calls.delete(call);
    }
  });
  return server;
}

async function runTool(desk: Desk, name: string, given: unknown): Promise<Result<Answer>> {
  const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
  if (tool === undefined)
    return refuse(
      'invalid_input',
      `There is no tool ${name}; the tools are ${Object.keys(tools).join(', ')}.`,
    );
  if (!tool.visible(desk.caller))
    return refuse(
      'out_of_scope',
      `${name} is not for this caller: it needs ${
        desk.caller.task === undefined
          ? '`toolsets: [kanban]` in the andon.yaml of its profile'
          : 'an orchestrator, and this is the worker of one task'
      }.`,
    );
  if (desk.offers?.(name) === false) {
    return refuse('out_of_scope', `${name} changes the board, and the token of this caller may only look.`);
  }
  return tool.run(desk, given);
}

const inputSchema = (tool: Tool) => ({
  ...tool.input['~standard'].jsonSchema.input({ target: 'draft-2020-12' }),
  type: 'object' as const,
});

const rendered = (result: Result<Answer>) =>
  result.ok
    ? content({ ok: true, ...result.value })
    : failure({
        code: result.refusal.code,
        error: result.refusal.sentence,
        ids: result.refusal.ids,
      });

const failure = (why: { code: string; error: string; ids: readonly string[] }) => ({
  ...content({ ok: false, ...why }),
  isError: true,
});

const content = (structuredContent: Record<string, unknown>) => ({
  content: [{ type: 'text' as const, text: JSON.stringify(structuredContent) }],
  structuredContent,
});
