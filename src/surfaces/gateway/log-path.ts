import { join } from 'node:path';
import type { Home } from '../../services/home.ts';

/** Where a detached gateway writes its log. */
export const gatewayLog = (home: Home, name: string): string => join(home.root, 'gateways', `${name}.log`);
