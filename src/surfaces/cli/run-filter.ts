import { Option } from '@commander-js/extra-typings';
import type { RunView } from '../../domain/view.ts';
import { usage } from './failure.ts';

/** `--state-type` and `--state-name` of `show` and `runs`: both or neither (contract §8.2). */
export const stateType = () =>
  new Option('--state-type <column>', 'filter runs by this column, with --state-name').choices([
    'status',
    'outcome',
  ] as const);
export const stateName = () => new Option('--state-name <value>', 'the value that the column must have');

export function runFilter(flags: {
  readonly stateType?: 'status' | 'outcome' | undefined;
  readonly stateName?: string | undefined;
}): (run: RunView) => boolean {
  const { stateType: column, stateName: value } = flags;
  if ((column === undefined) !== (value === undefined)) {
    throw usage('--state-type and --state-name belong together; give both or neither.');
  }
  return (run) => column === undefined || run[column] === value;
}
