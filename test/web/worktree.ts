import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ledger = `export function rateOf(table: Map<string, number>, currency: string): number {
  const rate = table.get(currency);
  if (rate === undefined) throw new Error('No rate.');
  return rate;
}
`;

/** A worktree of a small repository, for a worker to change. */
export function worktreeIn(folder: string): string {
  const main = join(folder, 'shop');
  const tree = join(folder, 'shop-work');
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=kim', '-c', 'user.email=kim@example.org', '-c', 'init.defaultBranch=main', ...args],
      {
        cwd: main,
        stdio: 'ignore',
      },
    );
  mkdirSync(main, { recursive: true });
  writeFileSync(join(main, 'rates.ts'), ledger);
  git('init');
  git('add', '.');
  git('commit', '-m', 'Rates');
  git('worktree', 'add', '-b', 'cache', tree);
  return tree;
}

/** The script of a worker that changes that worktree and asks for a review. */
export const cachingWorker = `
cat >rates.ts <<'END'
const known = new Map<string, number>();

export function rateOf(table: Map<string, number>, currency: string): number {
  const rate = known.get(currency) ?? table.get(currency);
  if (rate === undefined) throw new Error(\`There is no rate for \${currency}.\`);
  known.set(currency, rate);
  return rate;
}
END
printf 'import { rateOf } from "./rates.ts";\\n' >rates.test.ts
echo "changed rates.ts, added rates.test.ts"
andon request-review "$ANDON_TASK" --reviewer kim --summary "The table is asked once for each currency."`;
