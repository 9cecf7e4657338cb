import type { Finding } from '../app/doctor/finding.js';
import { defineCommand, EXIT } from './core/command.js';
import { shown } from './core/table.js';

const MARKS: Readonly<Record<Finding['outcome'], string>> = {
  ok: '[+]',
  warning: '[!]',
  failed: '[-]',
  unknown: '[?]',
};

export const doctor = defineCommand({
  name: 'doctor',
  summary:
    'look at all that a server needs, and say what is wrong: configuration, directories, database, tokens, certificate, clock, peers, stored policies',
  options: {},
  progress: 'looking',
  examples: [
    ['strongroom doctor', 'beside a server that runs, or instead of one that does not start'],
    ['strongroom doctor --json', 'after an update, in a script'],
  ],
  exitCodes: {
    done: 'nothing is wrong; what begins with [!] will be, what begins with [?] could not be looked at',
    failed: 'something is, and begins with [-]',
    usage: 'wrong usage or configuration, every fault of which is a line',
  },
  async run(_options, { configuration, configurationFaults, entries, tell }) {
    const faults = configurationFaults();
    if (faults.length > 0) {
      const findings = faults.map((text) => ({ check: 'configuration', outcome: 'failed', text }));
      tell(
        faults.map((text) => `${MARKS.failed} configuration: ${text}`),
        { findings },
      );
      return EXIT.usage;
    }
    const { examine } = await import('../app/doctor/examine.js');
    const { tokenHostEntry } = entries;
    const findings = await examine({ config: configuration(), tokenHostEntry, now: Date.now() });
    tell(
      findings.map(({ check, outcome, text }) => `${MARKS[outcome]} ${check}: ${shown(text)}`),
      { findings },
    );
    return findings.some(({ outcome }) => outcome === 'failed') ? EXIT.failed : EXIT.done;
  },
});
