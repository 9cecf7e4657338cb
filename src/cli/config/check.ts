import { defineCommand, EXIT } from '../core/command.js';

export const checkConfig = defineCommand({
  name: 'config check',
  summary: 'read the configuration as serve would, and say all that is wrong; start nothing',
  options: {},
  examples: [
    ['strongroom config check --config /etc/strongroom.yaml', 'before a restart'],
    ['STRONGROOM_PORT=80800 strongroom config check', 'the environment counts, too'],
  ],
  exitCodes: {
    done: 'it is good; what it names is not looked at: see doctor',
    failed: 'not used: what is wrong with it is 2',
    usage: 'it is not, and each fault is a line',
  },
  async run(_options, { configurationFaults, tell }) {
    const faults = configurationFaults();
    tell(faults.length === 0 ? ['The configuration is good.'] : faults, { faults });
    return faults.length === 0 ? EXIT.done : EXIT.usage;
  },
});
