import type { TaskView } from '../../../src/surfaces/http/wire.ts';
export default function Later({ view }: { readonly board: string; readonly view: TaskView }) {
  return <p>{view.task.id}</p>;
}
