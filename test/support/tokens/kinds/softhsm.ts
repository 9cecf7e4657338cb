import { makeSoftHsmToken } from '../../softhsm-token.js';
import type { TokenKind } from '../token-kind.js';

/** The reference. Its directory is its own. */
export const softhsm: TokenKind = {
  name: 'softhsm',
  make: async () => {
    const { module, label, env, pin, dispose } = await makeSoftHsmToken();
    return { settings: { module, label, env, vendor: 'softhsm' }, pin, dispose };
  },
};
