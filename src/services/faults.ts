/** The code of a fault of the store (`StoreFaultCode`); not by its class, because it may come from the kernel's thread. */
export const storeFault = (error: unknown): string | undefined =>
  error instanceof Error && error.name === 'StoreFault' && 'code' in error ? String(error.code) : undefined;

/** What stays the same when an error repeats. */
export function classOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return `${error.name} ${storeFault(error) ?? ''}`.trim();
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A fault in its own words, with those of what caused it: of a request that failed only the cause says why. */
export function faultText(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message !== ''
    ? `${messageOf(error)} (${cause.message})`
    : messageOf(error);
}

/** The system's word for a fault, such as ENOENT. */
export const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
