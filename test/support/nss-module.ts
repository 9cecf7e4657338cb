import { existsSync } from 'node:fs';

/** Where Debian's and Ubuntu's libnss3 puts the token, by architecture. */
const PLACES = [
  '/usr/lib/x86_64-linux-gnu/libsoftokn3.so',
  '/usr/lib/aarch64-linux-gnu/libsoftokn3.so',
  '/usr/lib/x86_64-linux-gnu/nss/libsoftokn3.so',
  '/usr/lib/aarch64-linux-gnu/nss/libsoftokn3.so',
];

/** NSS softokn: a token of a second vendor. `npm test` installs it with libnss3-tools. */
export function nssModule(): string {
  const module = PLACES.find((place) => existsSync(place));
  if (module === undefined) throw new Error('NSS is not installed: run npm test');
  return module;
}
