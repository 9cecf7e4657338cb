import { describeKills } from '../support/kills/kills.js';
import { soakRounds } from './rounds.js';

describeKills(soakRounds(50));
