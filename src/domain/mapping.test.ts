import { describe, expect, it } from 'vitest';
import { fieldAt, fillTemplate, isTemplate, missedBy } from './mapping.ts';

const event = {
  action: 'opened',
  issue: { number: 7, title: 'Broken', draft: false, body: null, labels: [{ name: 'bug' }, { name: 'ui' }] },
};

describe('a template', () => {
  it('is filled with the fields of an event', () => {
    expect(fillTemplate('#{{issue.number}} {{ issue.title }} ({{issue.labels.1.name}})', event)).toBe(
      '#7 Broken (ui)',
    );
    expect(fillTemplate('{{issue.draft}}|{{issue.body}}|{{issue.gone.deeper}}|', event)).toBe('false|||');
    expect(fillTemplate('{{issue.labels}}', event)).toBe('[{"name":"bug"},{"name":"ui"}]');
    expect(fillTemplate('no field', event)).toBe('no field');
  });

  it('is not filled again with what an event brings', () => {
    expect(fillTemplate('{{a}}', { a: '{{b}} $& $1', b: 'secret' })).toBe('{{b}} $& $1');
  });

  it('has whole braces', () => {
    expect(['{{a.b}}', 'plain', '{ {a} }'].every(isTemplate)).toBe(true);
    expect(['{{a', 'a}}', '{{}}', '{{a b}}'].some(isTemplate)).toBe(false);
  });
});

it('a field is one of the event itself', () => {
  expect(fieldAt(event, 'issue.labels.0')).toEqual({ name: 'bug' });
  for (const path of ['constructor', '__proto__', 'issue.labels.length.x', 'issue.title.length', '']) {
    expect(fieldAt(event, path)).toBeUndefined();
  }
});

describe('a filter', () => {
  it('means events that have one of the values at each path', () => {
    expect(missedBy({}, event)).toBeUndefined();
    expect(
      missedBy({ action: ['opened', 'reopened'], 'issue.number': ['7'], 'issue.draft': ['false'] }, event),
    ).toBeUndefined();
    expect(missedBy({ action: ['closed'] }, event)).toBe('action');
    expect(missedBy({ action: ['opened'], 'issue.gone': ['x'] }, event)).toBe('issue.gone');
  });
});
