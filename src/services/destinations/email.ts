import { createTransport, type SendMailOptions } from 'nodemailer';
import type { BoardId } from '../../domain/ids.ts';
import { messageOf } from '../../domain/message.ts';
import type { DueDelivery } from '../../domain/view.ts';
import { type Artifact, artifactsOf } from '../artifacts.ts';
import type { Channel, Sent } from '../channel.ts';
import { codeOf, faultText } from '../faults.ts';
import type { Env } from '../home.ts';
import { isLoopback } from '../http-settings.ts';
import { secretOf } from '../secret-source.ts';
import type { World } from '../world.ts';
import { type EmailSettings, wrongPlace } from './destination-settings.ts';
import { taskLink } from './task-link.ts';

/** Milliseconds: for a connection and its greeting, between two signs of life, and for all of it. */
const patience = { connecting: 10_000, silence: 15_000, all: 60_000 };
/** What mail servers usually take, encoded: larger files are left on the board. */
const most = { bytes: 10 * 1024 * 1024, total: 15 * 1024 * 1024, files: 10 };

export interface EmailOptions {
  readonly settings: EmailSettings;
  readonly env: Env;
  readonly public_url: string | undefined;
}

/** E-mail by SMTP. The chat id is an address; all messages of a task are one thread in a mail program. */
export function createEmailChannel(world: World, { settings, env, public_url }: EmailOptions): Channel {
  const source = { setting: 'email.password', env: settings.password_env, file: settings.password_file };
  const secret = async (): Promise<string | undefined> =>
    settings.user === undefined ? undefined : secretOf(world, env, source);

  return {
    platform: 'email',
    send: async (board, delivery) => {
      const wrong = await wrongPlace({ ...nowhere, email: settings }, 'email', delivery.chat_id);
      if (wrong !== undefined) return { ok: false, error: wrong, final: true };
      try {
        const password = await secret();
        const { files, left } = await filesOf(world, board, delivery);
        const mail = mailOf(board, delivery, { from: settings.from, public_url });
        const post = (more: readonly Artifact[], without: readonly string[]) =>
          within(world, sendMail(settings, password, withFiles(mail, more, without)));
        const sent = await post(files, left);
        // Some servers refuse kinds or sizes of files; the words count more.
        if (sent.ok || !sent.final || !sent.atContent || files.length === 0) return sent;
        return await post([], [...files.map(({ name }) => name), ...left]);
      } catch (error) {
        return { ok: false, error: faultText(error), final: false };
      }
    },
  };
}

const nowhere = { webhooks: {}, ntfy: undefined, desktop: false, hooks: {} };

async function filesOf(world: World, board: BoardId, delivery: DueDelivery): ReturnType<typeof artifactsOf> {
  try {
    return await artifactsOf(world, delivery, most);
  } catch (error) {
    const fields = { board, task: delivery.task_id, error: String(error) };
    world.log.warn('The files of a task could not be read; its e-mail goes without them.', fields);
    return { files: [], left: [] };
  }
}

type Mail = SendMailOptions & { readonly text: string };

/**
 * The same message has the same id however often it is sent, so that mail programs show it once; and it answers an id that is
 * the task's own. The id of a task is random, so no other home's is the same.
 */
function mailOf(
  board: BoardId,
  delivery: DueDelivery,
  { from, public_url }: { readonly from: string; readonly public_url: string | undefined },
): Mail {
  const { task_id, chat_id, id, title } = delivery;
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const thread = `<andon.${board}.${task_id}@${domain}>`;
  const link = taskLink(public_url, board, delivery);
  const where = `Task ${task_id} on the board ${board}`;
  return {
    messageId: `<andon.${board}.${task_id}.${id}@${domain}>`,
    inReplyTo: thread,
    references: [thread],
    from: { name: 'Andon', address: from },
    to: chat_id,
    // Some programs keep a thread together by its subject, so that is the task's and not the event's.
    subject: `${title.replaceAll(/\s+/g, ' ')} (${task_id})`,
    text: `${messageOf(delivery)}\n\n-- \n${link === undefined ? where : `${where}: ${link}`}\n`,
    // No holiday notes in return.
    headers: { 'auto-submitted': 'auto-generated' },
  };
}

function withFiles(mail: Mail, files: readonly Artifact[], left: readonly string[]): SendMailOptions {
  const note = left.length === 0 ? '' : `\n\nLeft on the board: ${left.join(', ')}.`;
  return {
    ...mail,
    text: mail.text.replace('\n\n-- \n', () => `${note}\n\n-- \n`),
    attachments: files.map(({ name, bytes }) => ({ filename: name, content: Buffer.from(bytes) })),
  };
}

/** `atContent`: the server took sender and recipient, and refused what is in the message. */
type Posted = Sent & { readonly atContent?: boolean };

async function sendMail(
  { host, port, secure = false, user }: EmailSettings,
  password: string | undefined,
  mail: SendMailOptions,
): Promise<Posted> {
  const isHere = isLoopback(host);
  const transport = createTransport({
    host,
    port,
    secure,
    // A password crosses no network in the clear; on this machine nobody listens.
    requireTLS: !secure && !isHere && password !== undefined,
    ignoreTLS: !secure && isHere,
    auth: user === undefined ? undefined : { user, pass: password },
    connectionTimeout: patience.connecting,
    greetingTimeout: patience.connecting,
    dnsTimeout: patience.connecting,
    socketTimeout: patience.silence,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail(mail);
    return { ok: true };
  } catch (error) {
    return judge(error, password);
  } finally {
    transport.close();
  }
}

/** 4xx and broken connections pass; 5xx stays as it is until somebody changes something. */
function judge(error: unknown, password: string | undefined): Posted {
  const clean = (text: string): string => (password === undefined ? text : text.replaceAll(password, '…'));
  if (!(error instanceof Error)) return { ok: false, error: clean(String(error)), final: false };
  const code =
    'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : undefined;
  // The server had said how much it takes, and it was not even tried.
  const isTooLarge = code === 552 || (code === undefined && codeOf(error) === 'EMESSAGE');
  if (code === undefined && !isTooLarge) {
    const words = clean(faultText(error));
    return { ok: false, error: `The mail server cannot be reached: ${words}.`, final: false };
  }
  const response = 'response' in error && typeof error.response === 'string' ? error.response : error.message;
  const words = clean(response.replaceAll(/\s+/g, ' ').trim()).slice(0, 300);
  const atContent = isTooLarge || ('command' in error && error.command === 'DATA');
  const final = code === undefined || code >= 500;
  if (codeOf(error) === 'ETLS') {
    const sentence = `The mail server begins no TLS, without which no password is sent to it: ${words}`;
    return { ok: false, error: sentence, final };
  }
  return { ok: false, error: `The mail server answered ${words}`, final, atContent };
}

/** A server that says a byte now and then is not waited for without end. */
async function within(world: World, sent: Promise<Posted>): Promise<Posted> {
  const late = Promise.withResolvers<Posted>();
  const error = `The mail server took longer than ${patience.all / 1000} s.`;
  const cancel = world.after(patience.all, () => late.resolve({ ok: false, error, final: false }));
  try {
    return await Promise.race([sent, late.promise]);
  } finally {
    cancel();
  }
}
