import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { type Result, refuse } from '../../domain/errors.ts';
import type { TaskId } from '../../domain/ids.ts';
import type { Attachment } from '../../domain/task.ts';
import { attachFile, type Incoming } from '../attach-file.ts';
import { filledText, httpAddress, record, text } from '../contract.ts';
import { FileProblem, mostUpload, openInside, streamOf } from '../stored-files.ts';
import { signature, takesPart } from './caller.ts';
import { board, ownTaskId } from './fields.ts';
import { type Answer, answer, answerable, type Call, meantTask, ownTask, tool } from './tool.ts';

/** Tools for the files of a task: a worker adds to its own, and sees those of all. */

export const attach = tool({
  description: `Attaches a file to your task, for people and for the tasks that follow: one that lies in your workspace, or content that you give. At most ${mostUpload} bytes.`,
  visible: takesPart,
  input: record({
    task_id: ownTaskId,
    path: filledText.optional().describe('The file, in the workspace of the task; or `content`.'),
    content: text.optional().describe('The bytes as base64, for a file that lies nowhere; needs `name`.'),
    name: filledText.optional().describe('What to call it; as the file is called when left out.'),
    content_type: filledText.optional().describe('Its type, such as text/markdown.'),
    board,
  }),
  work: async (call, { task_id, path, content, name, content_type = null }) => {
    if ((path === undefined) === (content === undefined))
      return refuse('invalid_input', 'Either `path` or `content` must be given, and not both.');
    return keep(call, task_id, async (task) => {
      if (path !== undefined) {
        const bytes = await workspaceFile(call, task, path);
        return { filename: name ?? basename(path), content_type, content: bytes };
      }
      if (name === undefined) throw new FileProblem('invalid_input', '`content` needs a `name` to go by.');
      return { filename: name, content_type, content: decoded(content ?? '') };
    });
  },
});

export const attachUrl = tool({
  description: `Fetches a file over http or https and attaches it to your task. At most ${mostUpload} bytes, within a minute.`,
  visible: takesPart,
  input: record({
    task_id: ownTaskId,
    url: httpAddress.describe('Where the file is.'),
    name: filledText.optional().describe('What to call it; the end of the address when left out.'),
    board,
  }),
  work: async (call, { task_id, url, name }) =>
    keep(call, task_id, async () => {
      const { fetchOutside } = await import('../outside-file.ts');
      const found = await fetchOutside(url, await call.allowsPrivateUrls());
      return { filename: name ?? found.name, content_type: found.content_type, content: found.content };
    }),
});

export const attachments = tool({
  description: 'Lists the files of a task, each with the path at which it can be read.',
  visible: takesPart,
  input: record({ task_id: ownTaskId, board }),
  work: async (call, { task_id }) => {
    const meant = meantTask(call, task_id);
    if (!meant.ok) return meant;
    const view = await call.kernel.show(call.board, { task_id: meant.value, events: 0 });
    return answer(view, (value) => ({
      task_id: meant.value,
      attachments: value.attachments.map(fileAnswer),
    }));
  },
});

const fileAnswer = ({ task_id: _, stored_path: path, ...file }: Attachment): Answer => ({ ...file, path });

type Found = Pick<Incoming, 'filename' | 'content_type' | 'content'>;

/** Attaches what `find` gives, in the caller's name. A worker shows first, by a heartbeat, that the task is still its own. */
async function keep(
  call: Call,
  named: TaskId | undefined,
  find: (task: TaskId) => Promise<Found>,
): Promise<Result<Answer>> {
  const mine = answerable(call, named);
  if (!mine.ok) return mine;
  const { task_id } = mine.value;
  if (task_id === ownTask(call)) {
    const { claimLock: claim_lock } = call.caller;
    const held = await call.kernel.heartbeat(call.board, { ...mine.value, claim_lock });
    if (!held.ok) return held;
  }
  const { kernel, board } = call;
  const desk = { kernel, board, root: call.attachmentsOf(board) };
  try {
    const incoming = { ...(await find(task_id)), task_id, uploaded_by: signature(call.caller) };
    return answer(await attachFile(desk, incoming), (file) => ({ task_id, attachment: fileAnswer(file) }));
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    return refuse(error.code === 'forbidden' ? 'out_of_scope' : 'invalid_input', error.message, [task_id]);
  }
}

async function workspaceFile(call: Call, task_id: TaskId, path: string): Promise<Incoming['content']> {
  const view = await call.kernel.show(call.board, { task_id, events: 0 });
  const workspace = view.ok ? view.value.task.workspace_path : null;
  const file = workspace === null ? undefined : await openInside(workspace, resolve(workspace, path));
  if (file !== undefined) return streamOf(file);
  throw new FileProblem(
    'invalid_input',
    `\`path\` must be a file inside the workspace of ${task_id}, ${workspace ?? 'which has none yet'}, not ${path}.`,
  );
}

function decoded(content: string): Incoming['content'] {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(content) || content.length % 4 !== 0)
    throw new FileProblem('invalid_input', '`content` must be base64, with its padding and without spaces.');
  return Readable.from([Buffer.from(content, 'base64')]);
}
