import { defineCommand, EXIT } from './core/command.js';

export const version = defineCommand({
  name: 'version',
  summary: 'print the versions of this program and of Node',
  options: {},
  examples: [['strongroom version --json', 'for a bug report']],
  exitCodes: {
    done: 'it is printed',
    failed: 'it could not be printed',
    usage: 'wrong usage',
  },
  async run(_options, { version: program, tell }) {
    const { node, openssl } = process.versions;
    const platform = `${process.platform} ${process.arch}`;
    tell([`strongroom ${program}, Node ${node}, OpenSSL ${openssl}, ${platform}`], {
      ...{ strongroom: program, node, openssl, platform },
    });
    return EXIT.done;
  },
});
