import { describe, expect, it } from 'vitest';
import type { Closed } from '../../src/domain/admission.ts';
import { asMillis, defaultBoard } from '../../src/domain/ids.ts';
import { createSlots } from '../../src/services/slots.ts';
import { taskWith } from '../support/samples.ts';

const open: Closed = { board: false, profiles: new Set(), tenants: new Set() };
const at = asMillis;
const task = taskWith({ tenant: 'acme' });

describe('a slot is free', () => {
  it('since its last run was gone; the one that was freed first is taken first', () => {
    const slots = createSlots();
    slots.settle(1, 2, at(100));
    slots.settle(0, 2, at(200));
    expect([300, 301, 302].map((now) => slots.take(defaultBoard, task, at(now)))).toEqual([100, 200, 302]);
  });
  it('not longer than the limits are raised for', () => {
    const slots = createSlots();
    slots.settle(0, 3, at(100));
    slots.settle(3, 3, at(200));
    slots.settle(2, 3, at(300));
    expect(slots.take(defaultBoard, task, at(400))).toBe(300);
  });
  it.each<[string, Closed]>([
    ['board', { ...open, board: true }],
    ['profile', { ...open, profiles: new Set(['coder']) }],
    ['tenant', { ...open, tenants: new Set(['acme']) }],
  ])('for a task no earlier than its %s was open', (_, closed) => {
    const slots = createSlots();
    slots.settle(0, 2, at(100));
    slots.close(defaultBoard, closed, at(100));
    slots.close(defaultBoard, closed, at(200));
    slots.close(defaultBoard, open, at(300));
    slots.close(defaultBoard, open, at(400));
    expect(slots.take(defaultBoard, task, at(500))).toBe(300);
    const other = taskWith({ assignee: null, tenant: null });
    expect(slots.take(defaultBoard, other, at(500))).toBe(closed.board ? 300 : 100);
  });
});
