import type { HomeOptions } from '../support/gateway-home.ts';
import { until } from '../support/until.ts';
import type { Web } from './web.ts';
import { cachingWorker, worktreeIn } from './worktree.ts';

/** A board as a small team has it: something in every column, by real workers. */

export interface Furnished {
  /** A task with everything to see. */
  readonly shown: string;
  readonly running: string;
  readonly failed: string;
  readonly review: string;
}

const words = `The importer reads the ledger line by line. It must

- keep the **order** of the lines,
- refuse a file with a \`BOM\`, and
- say which line is wrong.

\`\`\`sh
andon show t_1a2b3c4d --json
\`\`\`

See [the format](https://example.org/ledger) for details.`;

const options: HomeOptions = {
  settings: { max_in_progress: 4 },
  workers: {
    ada: 'andon complete "$ANDON_TASK" --summary "Done, with tests for the odd cases."',
    bob: 'i=0; while [ $i -lt 600 ]; do echo "step $i: reading chunk $i of 600"; i=$((i+1)); sleep 0.5; done',
    eve: 'echo "ENOENT: no such file: ledger.csv" >&2; exit 1',
    mia: 'andon comment "$ANDON_TASK" "Which of the two formats is meant?"; andon block "$ANDON_TASK" "Which of the two formats is meant?" --kind needs_input',
    rex: cachingWorker,
  },
};

async function board(web: Web): Promise<Furnished> {
  const { task, home } = web;
  for (const title of [
    'Write the changelog for 1.4',
    'Upgrade the test database',
    'Remove the second parser',
    'Name the exit codes',
  ]) {
    await task({ title, assignee: 'ada', tenant: 'core' });
  }
  const shown = await task({
    title: 'Read the ledger without loading it whole',
    body: words,
    assignee: 'mia',
    priority: 3,
    tenant: 'core',
  });
  const failed = await task({
    title: 'Import last year’s ledger into the staging board',
    assignee: 'eve',
    max_retries: 2,
  });
  const running = await task({ title: 'Index the archive (600 chunks)', assignee: 'bob', priority: 2 });
  await task({ title: 'Compress the index', assignee: 'bob', parents: [running] });
  const review = await task({
    title: 'Cache the rate table',
    assignee: 'rex',
    priority: 1,
    workspace_kind: 'dir',
    workspace_path: worktreeIn(home.root),
  });
  await task({ title: 'Tell customers about the new format', parents: [shown, review], tenant: 'docs' });
  await task({
    title: 'Translate the sign-in page',
    scheduled_in_seconds: 7200,
    assignee: 'ada',
    tenant: 'docs',
  });
  for (const title of [
    'Sketch the quarterly report',
    'Something is slow on Mondays',
    'Ask legal about retention',
  ]) {
    await task({ title, triage: true });
  }
  for (const title of ['Sort out the flaky clock test', 'Draw the new icon']) await task({ title });
  await web.api('POST', `/boards/default/tasks/${shown}/comments`, {
    body: 'The CSV one; see `docs/ledger.md`. Blocks t_1a2b3c4d.',
  });
  await web.api('POST', '/boards', { slug: 'website', name: 'Website' });
  await task({ title: 'Fix the footer', triage: true }, 'website');
  await until(
    'the workers have worked',
    async () => {
      const { columns } = await web.api('GET', '/boards/default/columns');
      const counts = Object.fromEntries(
        (columns as { status: string; count: number }[]).map(({ status, count }) => [status, count]),
      );
      return (
        counts['done'] === 4 &&
        counts['review'] === 1 &&
        (counts['blocked'] ?? 0) >= 1 &&
        counts['running'] === 1
      );
    },
    20_000,
  );
  return { shown, running, failed, review };
}

export const furnish = { options, board };
