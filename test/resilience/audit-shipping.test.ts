/** The audit trail of a server that is killed reaches its receivers whole. */
import { CreateAliasCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import { expect, it } from 'vitest';
import { auditRecords } from '../support/audit-records.js';
import { eventually } from '../support/eventually.js';
import { Strongroom } from '../support/strongroom.js';
import { SyslogServer, WebhookServer } from '../support/trail-receivers.js';

it('every record comes at least once, although the server and its receivers are killed', async () => {
  const receivers = [new SyslogServer(), new WebhookServer()] as const;
  const [syslog, webhook] = receivers;
  await Promise.all(receivers.map((receiver) => receiver.revive()));
  const shipping = {
    syslog: { url: syslog.url },
    webhook: { url: webhook.url, secret: 'a-secret-of-this-test-only' },
  };
  const strongroom = await Strongroom.start({ yaml: { audit: { shipping } } });
  try {
    const call = async () => {
      const client = await strongroom.client();
      await client.send(new ListKeysCommand({}));
      const missing = new CreateAliasCommand({ AliasName: 'alias/a', TargetKeyId: 'none' });
      await client.send(missing).catch(() => undefined);
    };
    await call();
    await eventually('the first records came', async () =>
      receivers.every(({ records }) => records.length > 0),
    );
    await webhook.kill();
    for (let round = 0; round < 5; round += 1) await call();
    await syslog.kill();
    for (let round = 0; round < 5; round += 1) await call();
    await strongroom.kill();
    await Promise.all(receivers.map((receiver) => receiver.revive()));
    await strongroom.start();
    await call();
    const written = (await auditRecords(strongroom)).map(({ eventID }) => String(eventID));
    expect(written.length).toBeGreaterThan(20);
    for (const { url, records } of receivers) {
      await eventually(`all came to ${url}`, async () => {
        const came = new Set(records.map(({ eventID }) => eventID));
        return written.every((id) => came.has(id));
      });
    }
    // What is kept for the receivers is no part of the trail.
    expect(await strongroom.cli('audit', 'verify')).toMatchObject({ code: 0 });
    expect(strongroom.log).not.toContain('a-secret-of-this-test-only');
  } finally {
    await strongroom.dispose();
    await Promise.all(receivers.map((receiver) => receiver.kill()));
  }
});
