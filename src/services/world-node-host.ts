import { hostname } from 'node:os';
import { type Environment, readEnv } from '../domain/env.ts';

/** What this machine is called in claims, runs and leases; no two that share a board may be called the same. */
export const hostName = (env: Environment): string => readEnv(env, 'ANDON_HOST') ?? hostname();
