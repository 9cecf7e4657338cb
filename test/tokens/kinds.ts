import { kryoptic } from '../support/tokens/kinds/kryoptic.js';
import { nss } from '../support/tokens/kinds/nss.js';
import { opencryptoki } from '../support/tokens/kinds/opencryptoki.js';
import { p11KitClient, p11KitProxy } from '../support/tokens/kinds/p11-kit.js';
import { softhsm } from '../support/tokens/kinds/softhsm.js';
import type { TokenKind } from '../support/tokens/token-kind.js';

/** Every token of the matrix. tpm2-pkcs11 isn't among them: native-setup/README.md says why. */
export const KINDS: readonly TokenKind[] = [
  softhsm,
  nss,
  p11KitClient,
  p11KitProxy,
  opencryptoki,
  kryoptic,
];
