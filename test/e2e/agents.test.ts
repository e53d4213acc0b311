import { expect, it } from 'vitest';
import { gatewayHome } from '../support/gateway-home.ts';

it('tries the worker of a profile on a throw-away board, and tells what passes and what does not', async (test) => {
  const good = `
case "$(andon show "$ANDON_TASK")" in
  *"The colour is blue"*) andon complete "$ANDON_TASK" --summary blue ;;
  *"Which colour?"*) andon block "$ANDON_TASK" "Which colour?" --kind needs_input ;;
  *pong*) andon complete "$ANDON_TASK" --summary pong ;;
  *) sleep 120 ;;
esac`;
  const home = gatewayHome(test, { workers: { good, silent: 'exit 0' } });
  const passed = await home.run(['agents', 'test', 'good', '--json']);
  expect(passed.err).toBe('');
  expect(JSON.parse(passed.out)).toMatchObject({
    ok: true,
    profile: 'good',
    tried: [{ ok: true }, { ok: true }, { ok: true }],
    home: null,
  });
  const failed = await home.run(['agents', 'test', 'silent']);
  expect(failed.code).toBe(1);
  expect(failed.out).toMatch(/^✗ starts, reads its task and completes it \(.*\): .+\n$/);
  expect(failed.err).toContain('The profile silent does not do all that a worker must.');
  // What was tried is not on the board.
  expect(await home.andon('list')).not.toContain('Answer with a word');
});
