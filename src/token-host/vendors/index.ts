import { cloudhsm } from './cloudhsm.js';
import { generic } from './generic.js';
import { luna } from './luna.js';
import { nshield } from './nshield.js';
import { nss } from './nss.js';
import { softhsm } from './softhsm.js';
import type { TokenProfile, VendorProfile } from './vendor.js';

const PROFILES: readonly [VendorProfile, ...VendorProfile[]] = [
  softhsm,
  nss,
  cloudhsm,
  luna,
  nshield,
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

/** The profile for one token's settings. Throws RangeError for an unknown vendor. */
export function tokenProfile(settings: {
  readonly vendor: string;
  readonly rawRsaOaep?: boolean;
}): TokenProfile {
  return { ...vendorProfile(settings.vendor), rawRsaOaep: settings.rawRsaOaep ?? false };
}
