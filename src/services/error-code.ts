/** The system's word for a fault, such as ENOENT. */
export const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** What a fault says of itself. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
