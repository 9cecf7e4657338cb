import { cloudhsm } from './cloudhsm.js';
import { generic } from './generic.js';
import { kryoptic } from './kryoptic.js';
import { luna, lunaFips } from './luna.js';
import { nshield } from './nshield.js';
import { nss } from './nss.js';
import { opencryptoki } from './opencryptoki.js';
import { p11Kit } from './p11-kit.js';
import type { Quirks } from './quirks.js';
import { softhsm } from './softhsm.js';
import { tpm2 } from './tpm2.js';
import { utimaco } from './utimaco.js';
import type { TokenProfile, VendorProfile } from './vendor.js';
import { yubihsm } from './yubihsm.js';

export {
  AES_GCM_IV_BITS,
  AES_GCM_IVS,
  FALSE_USAGES,
  HMAC_KEY_TYPES,
  OAEP_HASHES,
  OAEP_SOURCES,
  PSS_HASHES,
  READ_ONLY_SESSIONS,
} from './quirks.js';

const PROFILES: readonly [VendorProfile, ...VendorProfile[]] = [
  softhsm,
  nss,
  opencryptoki,
  tpm2,
  p11Kit,
  kryoptic,
  cloudhsm,
  luna,
  lunaFips,
  nshield,
  yubihsm,
  utimaco,
  generic,
];

/** The names that `vendor` in a token's configuration may have. */
export const VENDOR_NAMES: readonly string[] = PROFILES.map((profile) => profile.name);

/** The profile of a vendor. Throws RangeError for an unknown name, with the names there are. */
export function vendorProfile(name: string): VendorProfile {
  const profile = PROFILES.find((candidate) => candidate.name === name);
  if (profile === undefined) {
    throw new RangeError(`Unknown vendor ${name}; known are ${VENDOR_NAMES.join(', ')}`);
  }
  return profile;
}

/**
 * The profile for one token's settings. Throws RangeError for an unknown vendor.
 * @param settings whose `quirks` the configuration has checked to be some of `Quirks`
 */
export function tokenProfile(settings: {
  readonly vendor: string;
  readonly quirks?: Readonly<Record<string, unknown>>;
  readonly rawRsaOaep?: boolean;
}): TokenProfile {
  return {
    ...vendorProfile(settings.vendor),
    ...(settings.quirks as Partial<Quirks> | undefined),
    rawRsaOaep: settings.rawRsaOaep ?? false,
  };
}

/** The PIN as C_Login is to be given it. */
export function presentedPin({ pinUser }: VendorProfile, pin: string): string {
  return pinUser === undefined || pin.includes(':') ? pin : `${pinUser}:${pin}`;
}
