import { asSeconds, asTaskId, type Seconds, type TaskId } from '../../domain/ids.ts';
import type { Attachment, Comment } from '../../domain/task.ts';
import { brandedText, integer, integerAs, nullable, rowOf, text, withDefault } from '../columns.ts';
import { sql } from '../sql.ts';
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
