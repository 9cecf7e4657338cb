import { describeKills } from '../support/kills/kills.js';

describeKills(2);
