/** `npm run check`: fails when an import breaks the plan of the house (src/rooms.json). */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { faultsOf, readImports, readPlan } from './rooms/house.mjs';

const source = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src');
const faults = faultsOf(readPlan(source), readImports(source));
for (const fault of faults) console.error(fault);
if (faults.length > 0) {
  console.error(`${faults.length} imports break the plan of the house (src/rooms.json)`);
  process.exitCode = 1;
}
