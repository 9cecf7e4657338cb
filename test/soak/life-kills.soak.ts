import { describeKills } from '../life/kills.js';
import { soakRounds } from './rounds.js';

describeKills(soakRounds(50));
