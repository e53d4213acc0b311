import { describe, expect, it } from 'vitest';
import { boardFileText, boardOf, changedBoardFile, parseBoardFile } from './board.ts';
import { asSeconds, type BoardId, parseBoardId } from './ids.ts';

const slug = (text: string): BoardId => {
  const id = parseBoardId(text);
  if (id === undefined) throw new Error(`${text} is no slug.`);
  return id;
};
const shop = slug('web-shop_2');
const now = asSeconds(1000);

describe('a board.json (contract §1.4)', () => {
  it.each([undefined, '', '{', '[]', '"x"', 'null', '7'])('of %j means the defaults', (text) => {
    expect(boardOf(shop, parseBoardFile(text))).toEqual({
      slug: 'web-shop_2',
      name: 'Web Shop 2',
      description: '',
      icon: '',
      color: '',
      default_workdir: null,
      created_at: null,
      archived: false,
    });
  });

  it('describes the board of its folder, whatever slug it names', () => {
    const file = parseBoardFile(
      '{"slug": "other", "name": " Shop ", "icon": 7, "archived": "yes", "created_at": 5.5}',
    );
    expect(boardOf(shop, file)).toMatchObject({
      slug: 'web-shop_2',
      name: 'Shop',
      icon: '',
      archived: false,
      created_at: 5,
    });
  });

  it('keeps keys that nobody here knows, in their places, and what a change leaves out', () => {
    const file = parseBoardFile('{"project_id": "p1", "name": "Shop", "color": "red", "x": [1]}');
    const after = changedBoardFile(shop, file, { description: 'All of it', color: undefined }, now);
    expect(after).toEqual({
      project_id: 'p1',
      name: 'Shop',
      color: 'red',
      x: [1],
      slug: 'web-shop_2',
      description: 'All of it',
      icon: '',
      default_workdir: null,
      created_at: 1000,
      archived: false,
    });
    expect(Object.keys(after).slice(0, 4)).toEqual(['project_id', 'name', 'color', 'x']);
    expect(changedBoardFile(shop, after, {}, asSeconds(2000))).toEqual(after);
  });

  it('takes the default name for a blank one, and no workdir for a blank one', () => {
    const file = changedBoardFile(shop, {}, { name: 'Shop', default_workdir: '/srv' }, now);
    expect(file).toMatchObject({ name: 'Shop', default_workdir: '/srv' });
    expect(changedBoardFile(shop, file, { name: ' ', default_workdir: '' }, now)).toMatchObject({
      name: 'Web Shop 2',
      default_workdir: null,
    });
  });

  it('is indented by two and ends with a line end', () => {
    expect(boardFileText({ name: 'Grüße' })).toBe('{\n  "name": "Grüße"\n}\n');
  });
});
