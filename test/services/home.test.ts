import { describe, expect, it } from 'vitest';
import { type BoardId, defaultBoard, parseBoardId } from '../../src/domain/ids.ts';
import { activeBoard, boardPaths, homeDb, liveBoards, openHome } from '../../src/services/home.ts';
import { nodeWorld } from '../../src/services/world-node.ts';
import { quiet } from '../support/quiet-log.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const { files } = nodeWorld({ log: quiet });
const board = (slug: string): BoardId => {
  const parsed = parseBoardId(slug);
  if (!parsed) throw new Error(slug);
  return parsed;
};

describe('the root', () => {
  it('is ~/.andon unless ANDON_HOME says another', () => {
    expect(openHome({}, '/home/x').root).toBe('/home/x/.andon');
    expect(openHome({ ANDON_HOME: '' }, '/home/x').root).toBe('/home/x/.andon');
    expect(openHome({ ANDON_HOME: '~/b' }, '/home/x').root).toBe('/home/x/b');
    expect(openHome({ ANDON_HOME: '/srv/a/' }, '/home/x').root).toBe('/srv/a');
    expect(openHome({ HERMES_KANBAN_HOME: '/h', HERMES_HOME: '/h' }, '/home/x').root).toBe('/home/x/.andon');
  });
});

describe('the paths of a board', () => {
  const home = openHome({ ANDON_HOME: '/r' }, '/home/x');
  it('of default lie at the root, those of others in a folder of their own', () => {
    expect(boardPaths(home, defaultBoard)).toEqual({
      db: '/r/kanban.db',
      bell: '/r/kanban.db.bell',
      workspaces: '/r/kanban/workspaces',
      logs: '/r/kanban/logs',
      runs: '/r/kanban/runs',
      sessions: '/r/kanban/sessions',
      trash: '/r/kanban/trash',
      attachments: '/r/kanban/attachments',
    });
    expect(boardPaths(home, board('ops'))).toEqual({
      db: '/r/kanban/boards/ops/kanban.db',
      bell: '/r/kanban/boards/ops/kanban.db.bell',
      workspaces: '/r/kanban/boards/ops/workspaces',
      logs: '/r/kanban/boards/ops/logs',
      runs: '/r/kanban/boards/ops/runs',
      sessions: '/r/kanban/boards/ops/sessions',
      trash: '/r/kanban/boards/ops/trash',
      attachments: '/r/kanban/boards/ops/attachments',
    });
    expect(homeDb(home)).toBe('/r/kanban/andon.db');
  });
  it('give way to pins, in either spelling where the old one is read', () => {
    const pinned = openHome(
      {
        ANDON_HOME: '/r',
        HERMES_KANBAN_DB: '~/x.db',
        ANDON_WORKSPACES_ROOT: '/ws',
        ANDON_ATTACHMENTS_ROOT: '/at',
      },
      '/home/x',
    );
    expect(boardPaths(pinned, board('ops'))).toEqual({
      db: '/home/x/x.db',
      bell: '/home/x/x.db.bell',
      workspaces: '/ws',
      logs: '/r/kanban/boards/ops/logs',
      runs: '/r/kanban/boards/ops/runs',
      sessions: '/r/kanban/boards/ops/sessions',
      trash: '/r/kanban/boards/ops/trash',
      attachments: '/at',
    });
  });
});

describe('the active board', () => {
  const boards = { 'kanban/boards/ops/kanban.db': '', 'kanban/boards/web/board.json': '{}' };
  it('is the first that exists of: asked for, environment, pointer, default', async () => {
    const home = temporaryHome({ ...boards, 'kanban/current': 'web\n' }, { ANDON_BOARD: 'ops' });
    expect(await activeBoard(home, files, 'WEB')).toBe('web');
    expect(await activeBoard(home, files)).toBe('ops');
    expect(await activeBoard({ ...home, env: {} }, files)).toBe('web');
    expect(await activeBoard(temporaryHome(), files)).toBe('default');
  });
  it('passes over names that are malformed or of no board', async () => {
    const home = temporaryHome({ ...boards, 'kanban/current': 'no such\n' }, { ANDON_BOARD: 'gone' });
    expect(await activeBoard(home, files, '../ops')).toBe('default');
  });
});

describe('the live boards', () => {
  it('are default and then the others by name, without archived ones and other folders', async () => {
    const home = temporaryHome({
      'kanban/boards/web/board.json': '{"archived": false}',
      'kanban/boards/ops/kanban.db': '',
      'kanban/boards/odd/board.json': '{broken',
      'kanban/boards/old/board.json': '{"archived": true}',
      'kanban/boards/_archived/ops-1/kanban.db': '',
      'kanban/boards/empty/note.txt': '',
      'kanban/boards/default/board.json': '{}',
    });
    expect(await liveBoards(home, files)).toEqual(['default', 'odd', 'ops', 'web']);
  });
  it('are one when the database is pinned', async () => {
    const home = temporaryHome(
      { 'kanban/boards/ops/kanban.db': '' },
      { ANDON_DB: '/x.db', ANDON_BOARD: 'ops' },
    );
    expect(await liveBoards(home, files)).toEqual(['ops']);
  });
});
