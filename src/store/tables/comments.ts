import { asSeconds, asTaskId, type Seconds, type TaskId } from '../../domain/ids.ts';
import type { CommentPage } from '../../domain/page.ts';
import type { Attachment, Comment } from '../../domain/task.ts';
import { brandedText, integer, integerAs, nullable, rowOf, text, withDefault } from '../columns.ts';
import { command, fragment, sql, upTo } from '../sql.ts';
import type { Reader, Tx } from '../store.ts';

const commentRow = rowOf<Comment>('task_comments', {
  id: integer,
  task_id: brandedText(asTaskId),
  author: text,
  body: text,
  created_at: integerAs(asSeconds),
});

const attachmentRow = rowOf<Attachment>('task_attachments', {
  id: integer,
  task_id: brandedText(asTaskId),
  filename: text,
  stored_path: text,
  content_type: nullable(text),
  size: withDefault(integer, 0),
  uploaded_by: nullable(text),
  created_at: integerAs(asSeconds),
});

export const commentsOf = (reader: Reader, id: TaskId): Promise<Comment[]> =>
  reader.all(sql(commentRow)`select * from task_comments where task_id = ${id} order by created_at, id`);

/** Behind a comment, in the order in which they were written. */
export function commentsAfter(reader: Reader, { task_id, after, limit }: CommentPage): Promise<Comment[]> {
  const behind =
    after === undefined
      ? fragment`1 = 1`
      : fragment`(created_at > ${after.created_at} or (created_at = ${after.created_at} and id > ${after.id}))`;
  return reader.all(sql(commentRow)`
    select * from task_comments where task_id = ${task_id} and ${behind} order by created_at, id ${upTo(limit)}`);
}

export const findAttachment = (reader: Reader, id: number): Promise<Attachment | undefined> =>
  reader.one(sql(attachmentRow)`select * from task_attachments where id = ${id}`);

export async function insertAttachment(tx: Tx, file: Omit<Attachment, 'id'>): Promise<Attachment> {
  const row = await tx.one(sql(attachmentRow)`
    insert into task_attachments (task_id, filename, stored_path, content_type, size, uploaded_by, created_at)
    values (${file.task_id}, ${file.filename}, ${file.stored_path}, ${file.content_type}, ${file.size},
      ${file.uploaded_by}, ${file.created_at}) returning *`);
  if (row === undefined) throw new Error(`The database gave no row for a new attachment of ${file.task_id}.`);
  return row;
}

export const deleteAttachment = (tx: Tx, id: number): void =>
  tx.run(command`delete from task_attachments where id = ${id}`);

export const attachmentsOf = (reader: Reader, id: TaskId): Promise<Attachment[]> =>
  reader.all(
    sql(attachmentRow)`select * from task_attachments where task_id = ${id} order by created_at, id`,
  );

export async function insertComment(
  tx: Tx,
  comment: { readonly task_id: TaskId; readonly author: string; readonly body: string; readonly at: Seconds },
): Promise<Comment> {
  const row = await tx.one(sql(commentRow)`
    insert into task_comments (task_id, author, body, created_at)
    values (${comment.task_id}, ${comment.author}, ${comment.body}, ${comment.at}) returning *`);
  if (row === undefined) throw new Error(`The database gave no row for a new comment on ${comment.task_id}.`);
  return row;
}
