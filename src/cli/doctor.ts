import type { UnreadableDocument } from '../app/unreadable-documents.js';
import { defineCommand, EXIT } from './core/command.js';

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'say which stored policies this version cannot read',
  options: {},
  examples: [['strongroom doctor', 'after an update: an older version took what this one refuses']],
  exitCodes: {
    done: 'every stored policy can be read',
    failed: 'some cannot, and are named; they deny everything until they are replaced',
    usage: 'wrong usage or configuration',
  },
  async run(_options, { configuration, tell }) {
    const { findUnreadableDocuments } = await import('../app/unreadable-documents.js');
    const found = await findUnreadableDocuments(configuration());
    tell(linesOf(found), { unreadablePolicies: found });
    return found.length === 0 ? EXIT.done : EXIT.failed;
  },
});

function linesOf(found: readonly UnreadableDocument[]): string[] {
  if (found.length === 0) return ['Every stored policy can be read.'];
  return found.map(({ where, why }) => `${where} cannot be read, and denies everything: ${why}`);
}
