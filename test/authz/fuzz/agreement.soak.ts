import { it } from 'vitest';
import { soakRounds, soakSeed } from '../../support/soak.js';
import { expectAgreement } from './agreement.js';

it('decides as the second reading does, in many cases', () => {
  expectAgreement({ cases: soakRounds(200_000), seed: soakSeed() });
});
