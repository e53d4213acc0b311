import { rm } from 'node:fs/promises';
import { z } from '@hono/zod-openapi';
import type { Result } from '../../../domain/errors.ts';
import type { Attachment } from '../../../domain/task.ts';
import { boardPaths } from '../../../services/home.ts';
import { attachFile, type Incoming, plainType } from '../../attach-file.ts';
import { filledText, positive, record, taskId } from '../../contract.ts';
import { FileProblem, mostUpload, openInside, safeName, streamOf } from '../../stored-files.ts';
import type { BoardCall } from '../call.ts';
import { oneTask } from '../fields.ts';
import { HttpProblem, tooLargeFile } from '../problem.ts';
import { boardRoute } from '../route.ts';
import * as shape from '../shapes.ts';
import { attachmentOf, shown } from '../views.ts';

/** Files of tasks: they come and go as streams, under safe names, and are never shown inside a page. */

const tag = 'Attachments';

/** As `attachFile`; what is wrong with the file is the client's problem. */
export async function attach(call: BoardCall, incoming: Incoming): Promise<Result<Attachment>> {
  const { kernel, board, desk } = call;
  try {
    return await attachFile({ kernel, board, root: boardPaths(desk.home, board).attachments }, incoming);
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    if (error.code === 'too_large') throw tooLargeFile();
    throw new HttpProblem(error.code, error.message);
  }
}

/** The file of an attachment as a download. */
export async function download(call: BoardCall, attachment_id: number): Promise<Result<never> | Response> {
  const { kernel, board, desk } = call;
  const found = await kernel.attachment(board, { attachment_id });
  if (!found.ok) return found;
  const { filename, stored_path, content_type } = found.value;
  const file = await openInside(boardPaths(desk.home, board).attachments, stored_path);
  if (file === undefined) {
    throw new HttpProblem(
      'unknown_attachment',
      `The file of attachment ${attachment_id} is not there any more.`,
    );
  }
  const { size } = await file.stat();
  return new Response(streamOf(file), {
    headers: {
      'content-type': plainType(content_type),
      'content-length': String(size),
      'content-disposition': disposition(filename),
      'content-security-policy': "default-src 'none'; sandbox",
    },
  });
}

/** A name for every browser: letters of ASCII, and beside it the real one, percent-encoded (RFC 6266). */
function disposition(filename: string): string {
  const name = safeName(filename);
  const plain = name.replaceAll(/[^\w.() -]/g, '_');
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/** Takes the row away, then the file; one that is missing or lies elsewhere is left alone. */
export async function detach({ kernel, board, desk }: BoardCall, id: number): Promise<Result<Attachment>> {
  const gone = await kernel.detach(board, { attachment_id: id });
  if (!gone.ok) return gone;
  const file = await openInside(boardPaths(desk.home, board).attachments, gone.value.stored_path);
  await file?.close();
  if (file !== undefined) await rm(gone.value.stored_path, { force: true });
  return gone;
}

const list = boardRoute({
  method: 'get',
  path: '/tasks/{task_id}/attachments',
  tag,
  role: 'viewer',
  summary: 'The files of a task',
  input: oneTask,
  answer: shape.listOf('attachments', shape.attachment),
  work: async ({ kernel, board }, { task_id }) =>
    shown(await kernel.show(board, { task_id, events: 0 }), ({ attachments }) => ({
      attachments: attachments.map(attachmentOf),
    })),
});

const upload = boardRoute({
  method: 'post',
  path: '/tasks/{task_id}/attachments',
  tag,
  role: 'operator',
  summary: 'Attach a file: its bytes are the body',
  description: `At most ${mostUpload} bytes. A name that is taken becomes \`name (1).ext\`.`,
  input: record({ task_id: taskId, filename: filledText }),
  body: 'application/octet-stream',
  answer: z.strictObject({ attachment: shape.attachment }),
  status: 201,
  work: async (call, { task_id, filename }) => {
    const { request, identity } = call;
    if (Number(request.headers.get('content-length') ?? 0) > mostUpload) throw tooLargeFile();
    const content = request.body ?? new ReadableStream({ start: (controller) => controller.close() });
    const content_type = request.headers.get('content-type');
    const incoming = { task_id, filename, content_type, uploaded_by: identity.name, content };
    return shown(await attach(call, incoming), (attachment) => ({ attachment: attachmentOf(attachment) }));
  },
});

const one = record({ attachment_id: positive });

const file = boardRoute({
  method: 'get',
  path: '/attachments/{attachment_id}',
  tag,
  role: 'viewer',
  summary: 'The bytes of an attachment, as a download',
  input: one,
  answer: 'application/octet-stream',
  work: (call, { attachment_id }) => download(call, attachment_id),
});

const remove = boardRoute({
  method: 'delete',
  path: '/attachments/{attachment_id}',
  tag,
  role: 'operator',
  summary: 'Take an attachment away, and its file',
  input: one,
  answer: z.strictObject({ attachment: shape.attachment }),
  work: async (call, { attachment_id }) =>
    shown(await detach(call, attachment_id), (attachment) => ({ attachment: attachmentOf(attachment) })),
});

export const attachmentRoutes = [list, upload, file, remove];
