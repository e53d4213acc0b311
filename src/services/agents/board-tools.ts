import { boardName } from './driver.ts';

/** The tools of the board by which a worker takes part, as `andon mcp` names them. */
const prefix = 'kanban_';

/**
 * A tool as an agent names it, and whether it is the board's: `mcp__board__kanban_show`, `board-kanban_show`,
 * `mcp_board_kanban_show` and `board_kanban_show` are all `kanban_show`.
 */
export function toolName(given: string): { readonly name: string; readonly board?: true } {
  const [, name] = new RegExp(`^(?:mcp_+)?${boardName}[_-]+(${prefix}\\w+)$`).exec(given) ?? [];
  return name === undefined ? { name: given } : { name, board: true };
}
