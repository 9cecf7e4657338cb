import { loadConfig } from '../../src/config/load-config.js';

/** The quotas of a server whose settings name none. */
export const { quotas: QUOTAS } = loadConfig({ env: {}, cwd: '/', exists: () => true });
