import { buildKryoptic } from '../support/tokens/kryoptic/build.js';

/** Vitest's global set-up: what isn't a package of Debian's. What is, the bootstrap has installed. */
export async function setup(): Promise<void> {
  await buildKryoptic();
}
