import { kryoptic } from './kinds/kryoptic.js';
import { nss } from './kinds/nss.js';
import { opencryptoki } from './kinds/opencryptoki.js';
import { p11KitClient, p11KitProxy } from './kinds/p11-kit.js';
import { softhsm } from './kinds/softhsm.js';
import type { TokenKind } from './token-kind.js';

/** Every token of the matrix. tpm2-pkcs11 isn't among them: native-setup/README.md says why. */
export const KINDS: readonly TokenKind[] = [
  softhsm,
  nss,
  p11KitClient,
  p11KitProxy,
  opencryptoki,
  kryoptic,
];
