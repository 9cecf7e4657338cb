import { it } from 'vitest';
import { expectAgreement } from '../authz/fuzz/agreement.js';
import { soakRounds, soakSeed } from './rounds.js';

it('decides as the second reading does, in many cases', () => {
  expectAgreement({ cases: soakRounds(200_000), seed: soakSeed() });
});
