/** Looks at the repository and lets the graph grow: one census for each top-level folder, and one for the root's files. */
import { amount, andon, fromBrief, repository, task } from './andon.mjs';
import { folderOf, root, trackedFiles } from './repository.mjs';

const report = fromBrief('Report');
const folders = [...new Set(trackedFiles(repository).map(folderOf))].sort();

for (const folder of folders) {
  const title = folder === root ? 'Count the root' : `Count ${folder}/`;
  const answer = andon(
    ...['create', title, '--assignee', 'census', '--parent', task, '--json'],
    ...['--body', `Folder: ${folder}`],
    // A planner that is started again must find the cards of the first attempt, not double them.
    ...['--idempotency-key', `census ${folder}`],
  );
  // Before this task is done: the report must not start while a census is still missing among its parents.
  andon('link', JSON.parse(answer).id, report);
}

const summary = `${amount(folders.length, 'folder')} to count`;
andon('complete', task, '--summary', summary, '--metadata', JSON.stringify({ folders }));
