import { PassThrough, Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { mostUpload } from '../stored-files.ts';
import { HttpProblem, tooLargeFile } from './problem.ts';

/** One file of a form, as it comes; small fields that stand before it are there with it. */
export interface FormFile {
  readonly filename: string;
  readonly content_type: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly content: AsyncIterable<Uint8Array>;
}

/** A form's file with its frame: what stands around it is a few fields. */
const mostForm = mostUpload + 64 * 1024;

/**
 * Hands the file named `file` of a multipart form to `use` while it is still coming. What the form holds beside it is passed
 * over. Rejects when there is no such file, or the form is none.
 */
export async function withFormFile<Value>(
  request: Request,
  use: (file: FormFile) => Promise<Value>,
): Promise<Value> {
  const type = request.headers.get('content-type') ?? '';
  if (!type.startsWith('multipart/form-data') || request.body === null) {
    throw new HttpProblem('unsupported_media_type', 'An upload is a multipart/form-data form with a `file`.');
  }
  if (Number(request.headers.get('content-length') ?? 0) > mostForm) throw tooLargeFile();
  const form = openForm(type);
  const fields: Record<string, string> = {};
  const done = Promise.withResolvers<Value>();
  // A fault may come before anybody reads, or twice; unheard it would end the process.
  const content = new PassThrough().on('error', () => {});
  let found = false;
  /** Whoever reads the file hears of it too, and cleans up. */
  const fail = (error: Error): void => {
    done.reject(error);
    if (found) content.destroy(error);
  };
  form.on('field', (name, value) => {
    fields[name] = value;
  });
  form.on('file', (name, stream, filename, _encoding, mimetype) => {
    if (name !== 'file' || found) {
      stream.resume();
      return;
    }
    found = true;
    stream.on('error', fail).pipe(content);
    use({ filename, content_type: mimetype, fields, content }).then(done.resolve, done.reject);
  });
  form.once('finish', () => {
    if (!found) fail(new HttpProblem('bad_request', 'The form has no file named `file`.'));
  });
  form.on('error', (cause: unknown) => {
    fail(new HttpProblem('bad_request', `The form cannot be read: ${String(cause)}.`));
  });
  const source = Readable.from(request.body);
  source.on('error', fail);
  source.pipe(form);
  try {
    return await done.promise;
  } finally {
    source.unpipe(form);
    source.destroy();
  }
}

function openForm(type: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': type },
      // One file, and a byte more than is accepted, so that too much is seen.
      limits: {
        files: 1,
        fields: 8,
        fieldSize: 1024,
        fieldNameSize: 100,
        fileSize: mostUpload + 1,
        headerPairs: 20,
      },
    });
  } catch (cause) {
    throw new HttpProblem('bad_request', `The form cannot be read: ${String(cause)}.`);
  }
}
