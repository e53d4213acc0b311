import { createHash } from 'node:crypto';

/** What is stored of a secret: its SHA-256. A secret of ours is random and long, so that needs no salt and no stretching. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
