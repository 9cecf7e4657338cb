import { describeKills } from '../support/kills/kills.js';
import { soakRounds } from '../support/soak.js';

describeKills(soakRounds(50));
