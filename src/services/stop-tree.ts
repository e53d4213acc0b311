import type { ProcessIdentity } from '../domain/run.ts';
import type { World } from './world.ts';

type Look = () => Promise<readonly ProcessIdentity[]>;

/** Contract §5.12: how often and how far apart a polite end is looked for. */
const [politeLooks, politePause] = [10, 500];
/** SIGKILL takes effect in well under a millisecond; what outlives two seconds is in an uninterruptible wait. */
const [forcedLooks, forcedPause] = [40, 50];

/**
 * Ends every process that `look` finds: SIGTERM to each and five seconds; then all are stopped, so that none forks away
 * while another dies, killed, and looked for again until none is left. Each signal goes to exactly the process that was
 * seen; a run's own cgroup, where it has one, is ended as a whole besides.
 */
export async function stopTree(
  world: World,
  look: Look,
  cgroup: string | undefined,
): Promise<{ gone: boolean; sigkill: boolean }> {
  const { signal, cgroups } = world.processes;
  const pause = (delay: number) => new Promise<void>((resolve) => world.after(delay, resolve));

  let members = await look();
  for (const one of members) await signal(one, 'SIGTERM');
  for (let looks = 0; members.length > 0 && looks < politeLooks; looks++) {
    await pause(politePause);
    members = await look();
  }
  if (members.length === 0) return { gone: true, sigkill: false };

  for (let looks = 0; members.length > 0 && looks < forcedLooks; looks++) {
    if (cgroup !== undefined) await cgroups.kill(cgroup);
    for (const one of members) await signal(one, 'SIGSTOP');
    for (const one of members) await signal(one, 'SIGKILL');
    await pause(forcedPause);
    members = await look();
  }
  return { gone: members.length === 0, sigkill: true };
}
