import type { AgentEvent } from './events.ts';

/** What a person reads in the task's log of what an agent does; `undefined` for what would only fill it. */
export function printed(event: AgentEvent): string | undefined {
  switch (event.type) {
    case 'session':
      return event.id === undefined
        ? undefined
        : `session ${event.id}${event.model ? ` (${event.model})` : ''}`;
    case 'text':
      return event.text.trim() === '' ? undefined : event.text.trim();
    case 'tool':
      if (event.stage === 'started') return `› ${event.name ?? 'a tool'} ${oneLine(event.text)}`;
      return event.stage === 'failed' ? `  failed: ${oneLine(event.text)}` : undefined;
    case 'diff':
      return `± ${event.path}`;
    case 'permission':
      return `? ${event.tool}: ${event.stage} (${oneLine(event.text)})`;
    case 'question':
      return `? ${event.text}`;
    case 'limit':
      return `! its provider takes no more for now (${event.kind})${event.retrying ? '; it tries again' : ''}`;
    case 'error':
      return `! ${event.message}${event.retrying ? ' (it tries again)' : ''}`;
    case 'end':
      return `turn ${event.reason}`;
    case 'thought':
    case 'usage':
      return undefined;
  }
}

const oneLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
};
