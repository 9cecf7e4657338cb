// Appends until the file size limit of this process stops it, then says which appends resolved.
const [, , module, dir] = process.argv;
const { AuditTrail } = await import(module);

// Without a listener the kernel ends a process that exceeds its limit.
process.on('SIGXFSZ', () => {});
const log = { debug() {}, info() {}, warn() {}, error() {} };
const now = () => Date.parse('2026-03-02T00:00:00Z');
const trail = await AuditTrail.open({ dir, maxFileBytes: 1e8, now, log });
const written = [];
let rejected = 0;
for (let id = 0; id < 8; id += 1) {
  try {
    await trail.append({ requestID: String(id), userAgent: 'x'.repeat(id % 3 === 2 ? 10 : 1500) });
    written.push(String(id));
  } catch {
    rejected += 1;
  }
}
await trail.close();
process.stdout.write(JSON.stringify({ written, rejected }));
