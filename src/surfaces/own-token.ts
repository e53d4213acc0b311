import { join } from 'node:path';
import type { Home } from '../services/home.ts';

/** Where the token of the person whose home it is stands, readable by nobody else. */
export const ownTokenPath = (home: Home): string => join(home.root, 'gateways', 'token');
