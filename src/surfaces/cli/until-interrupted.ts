/**
 * Calls `pass` now and after each `wake`, never twice at once, until Ctrl-C or SIGTERM; both are a normal end. `listen`
 * starts whatever calls `wake` and gives the function that ends it. A failing pass ends it too.
 */
export async function untilInterrupted(
  listen: (wake: () => void) => () => void,
  pass: () => Promise<void>,
): Promise<void> {
  let interrupted = false;
  let ring = () => {};
  const interrupt = () => {
    interrupted = true;
    ring();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const stop = listen(() => ring());
  try {
    while (!interrupted) {
      // Made before the pass, so that a change during it is not lost.
      const rung = new Promise<void>((resolve) => {
        ring = resolve;
      });
      await pass();
      if (!interrupted) await rung;
    }
  } finally {
    stop();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
