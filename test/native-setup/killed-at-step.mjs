// Runs the set-up of tokens and dies, as by a power cut, right after its n-th step.
const [entry, dataDir, nth, request] = process.argv.slice(2);
const { ensureTokens } = await import(entry);
let step = 0;
await ensureTokens(dataDir, JSON.parse(request), () => {
  if (step === Number(nth)) {
    process.kill(process.pid, 'SIGKILL');
  }
  step += 1;
});
