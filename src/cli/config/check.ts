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
    done: 'it is good, and secrets that everybody may read are named; for the rest see doctor',
    failed: 'a secret in the data directory is open to others',
    usage: 'it is not, and each fault is a line',
  },
  async run(_options, { configuration, configurationFaults, tell }) {
    const faults = configurationFaults();
    if (faults.length > 0) {
      tell(faults, { faults, openSecrets: [] });
      return EXIT.usage;
    }
    const { openSecrets } = await import('../../app/secret-files.js');
    const open = openSecrets(configuration());
    const warnings = open.map(
      ({ file, mode }) => `${file} may be read by everybody (mode ${mode})`,
    );
    tell(['The configuration is good.', ...warnings], { faults, openSecrets: open });
    return EXIT.done;
  },
});
