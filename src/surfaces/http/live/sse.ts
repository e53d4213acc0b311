import type { EventReader, Next, Told } from './reader.ts';

/** Server-sent events: what a reader gives, as a stream that goes no faster than its client reads. */

const encoder = new TextEncoder();

/** One event of the stream; `id` is what a client says as `Last-Event-ID` when it comes back. */
export const sseText = (event: { id?: string; event?: string; data: unknown }): string =>
  [
    ...(event.id === undefined ? [] : [`id: ${event.id}`]),
    ...(event.event === undefined ? [] : [`event: ${event.event}`]),
    // JSON has no line ends of its own.
    `data: ${JSON.stringify(event.data)}`,
  ].join('\n');

export const sseComment = (text: string): string => `: ${text}\n\n`;

export const sseHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

/**
 * A stream of the pieces that `next` gives, one at a time and only when the client has taken the one before: what nobody
 * reads is not made. `undefined` ends it; `onEnd` is called once, however it ends.
 */
export function pulledStream(next: () => Promise<string | undefined>, onEnd: () => void): Response {
  let over = false;
  const end = (): void => {
    if (!over) onEnd();
    over = true;
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const piece = await next();
          if (over) return;
          if (piece !== undefined) return controller.enqueue(encoder.encode(piece));
          end();
          controller.close();
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
  return new Response(stream, { headers: sseHeaders });
}

/** A board's events, or those of several. `still` says whether the client may go on. */
export function eventStream(
  reader: EventReader,
  options: { readonly still: () => Promise<boolean>; readonly onEnd: () => void },
): Response {
  const { cursor } = reader;
  let first: string | undefined =
    `retry: 2000\n${sseText({ id: cursor, event: 'hello', data: { cursor } })}\n\n`;
  return pulledStream(
    async () => {
      if (first !== undefined) {
        const hello = first;
        first = undefined;
        return hello;
      }
      const next = await reader.next();
      return next.kind === 'end' || !(await options.still()) ? undefined : pieceOf(next, reader.cursor);
    },
    () => {
      reader.close();
      options.onEnd();
    },
  );
}

function pieceOf(next: Exclude<Next, { kind: 'end' }>, cursor: string): string {
  switch (next.kind) {
    case 'beat':
      return sseComment('alive');
    case 'reload':
      return `${sseText({ id: cursor, event: 'reload', data: { cursor } })}\n\n`;
    case 'events':
      return told(next.events, cursor);
  }
}

/** Each with its own id; those before the last of a batch move one board only, so they take the others from the end. */
function told(events: readonly Told[], cursor: string): string {
  const places = cursor.split(',');
  const own = places.findIndex((place) => place.startsWith(`${events[0]?.board}:`));
  return events
    .map((event) => {
      const id = places.with(own, `${event.board}:${event.id}`).join(',');
      return `${sseText({ id, data: event })}\n\n`;
    })
    .join('');
}
