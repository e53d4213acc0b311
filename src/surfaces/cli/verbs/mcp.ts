import type { Program } from '../verb.ts';

export function register(program: Program): void {
  program
    .command('mcp')
    .description('serve the board as tools over standard input and output (Model Context Protocol)')
    .action(async () => {
      const { serveMcp } = await import('../../mcp/main.ts');
      await serveMcp(program.opts().board);
    });
}
