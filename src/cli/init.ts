import { defineCommand, EXIT } from './core/command.js';

export const init = defineCommand({
  name: 'init',
  summary: "make the data directory and the quick start's SoftHSM tokens",
  options: {},
  examples: [['strongroom init', 'repeating it changes nothing']],
  exitCodes: {
    done: 'everything is there',
    failed: 'refused, since making a token could hide that another one is lost',
    usage: 'wrong usage or configuration',
  },
  async run(_options, { configuration, entries, tell }) {
    const { makeQuickStart } = await import('../app/quick-start.js');
    const config = configuration();
    await makeQuickStart(config, entries.makeTokensEntry, (step) => {
      tell([step], { step });
    });
    return EXIT.done;
  },
});
