import { writeFileSync } from 'node:fs';
import { type Board, emptyBoard } from './board.ts';
import { frame, type Space, storyLine } from './draw.ts';

/** Where a run is shown. */
export interface Screen {
  /** Shows the board as it is now. */
  show(board: Board): void;
  /** Leaves the last picture standing and gives the terminal back. */
  close(): void;
}

export interface View {
  readonly title: string;
  /** Milliseconds since the demo began. */
  readonly elapsed: () => number;
}

const narrowest = 60;
const lowest = 16;
const widest = 120;
const tallest = 40;
const redrawEvery = 100;

/** A live board on a terminal that has the room, plain lines elsewhere; `NO_COLOR` is respected. */
export function openScreen(output: NodeJS.WriteStream, view: View): Screen {
  const live = output.isTTY && output.columns >= narrowest && output.rows >= lowest;
  return live && process.env['TERM'] !== 'dumb' ? liveScreen(output, view) : plainScreen(output);
}

function liveScreen(output: NodeJS.WriteStream, view: View): Screen {
  const colour = !process.env['NO_COLOR'];
  let board = emptyBoard;
  let drawnLines = 0;
  const space = (): Space => ({
    width: Math.min(output.columns, widest),
    height: Math.min(output.rows - 1, tallest),
    colour,
  });
  const draw = (): void => {
    const lines = frame(board, view.title, view.elapsed(), space());
    const up = drawnLines > 1 ? `\u001b[${drawnLines - 1}A` : '';
    // One write, between the marks of a synchronised update: no terminal shows half a picture.
    output.write(`\u001b[?2026h\r${up}${lines.join('\u001b[K\n')}\u001b[K\u001b[J\u001b[?2026l`);
    drawnLines = lines.length;
  };
  const restart = (): void => {
    output.write('\u001b[H\u001b[2J');
    drawnLines = 0;
    draw();
  };
  const showCursor = (): void => void output.write('\u001b[?25h');

  output.write('\u001b[?25l');
  process.once('exit', showCursor);
  output.on('resize', restart);
  const timer = setInterval(draw, redrawEvery);
  return {
    show: (next) => {
      board = next;
      draw();
    },
    close: () => {
      clearInterval(timer);
      output.off('resize', restart);
      process.off('exit', showCursor);
      draw();
      output.write('\n');
      showCursor();
    },
  };
}

function plainScreen(output: NodeJS.WriteStream): Screen {
  let told = 0;
  return {
    show: ({ story }) => {
      const lines = story.slice(told).map((moment) => storyLine(moment, { width: widest, colour: false }));
      for (const line of lines) output.write(`${line.trimEnd()}\n`);
      told = story.length;
    },
    close: () => undefined,
  };
}

/** What `scripts/frames-to-svg.ts` reads: pictures in the order of time. */
export interface Frame {
  readonly at: number;
  readonly lines: readonly string[];
}

const recorded: Space = { width: 100, height: 24, colour: true };
const recordEvery = 50;

/** Shows on `screen` and also keeps pictures of a fixed size, which are written to `file` at the end. */
export function recordingScreen(screen: Screen, view: View, file: string): Screen {
  const frames: Frame[] = [];
  let board = emptyBoard;
  const keep = (): void => {
    const at = view.elapsed();
    frames.push({ at, lines: frame(board, view.title, at, recorded) });
  };
  const timer = setInterval(keep, recordEvery);
  return {
    show: (next) => {
      board = next;
      screen.show(next);
    },
    close: () => {
      clearInterval(timer);
      keep();
      writeFileSync(file, JSON.stringify(frames));
      screen.close();
    },
  };
}
