import { it } from 'vitest';
import { expectAgreement } from './agreement.js';

it('decides as the second reading does, in the cases of one seed', () => {
  expectAgreement({ cases: 3000, seed: 20261126 });
});
