import type { Receiver } from '../../audit/shipping/receiver.js';
import { Shipper, type ShippingFigures } from '../../audit/shipping/shipper.js';
import { SyslogReceiver } from '../../audit/shipping/syslog-receiver.js';
import { WebhookReceiver } from '../../audit/shipping/webhook-receiver.js';
import type { Config } from '../../config/config.js';
import type { WallClock } from '../../kernel/time.js';
import type { Metrics } from '../../observe/metrics.js';
import type { ServerOptions } from '../options.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log'> {
  readonly metrics: Metrics;
  readonly wallClock: WallClock;
}

/** Sends the audit trail to those whom the settings name, each apart, so that a slow one holds up nobody. */
export function auditShipping({ config, log, metrics, wallClock: now }: Needs) {
  const { dir } = config.audit;
  const shippers = receiversOf(config, now).map(
    (receiver) => new Shipper({ dir, receiver, now, log }),
  );
  const each = (read: (figures: ShippingFigures) => number) => () =>
    shippers.map(({ figures }) => [{ receiver: figures.receiver }, read(figures)] as const);
  metrics.show(
    'strongroom_audit_shipping_behind_seconds',
    each(({ behindSeconds }) => behindSeconds),
  );
  metrics.show(
    'strongroom_audit_shipping_records_total',
    each(({ sentRecords }) => sentRecords),
  );
  metrics.show(
    'strongroom_audit_shipping_failures_total',
    each(({ failures }) => failures),
  );
  return {
    provides: {},
    ready: () => {
      for (const shipper of shippers) shipper.start();
    },
    stop: () => Promise.all(shippers.map((shipper) => shipper.stop())),
  };
}

function receiversOf(
  { audit: { shipping } }: Pick<Config, 'audit'>,
  now: () => number,
): Receiver[] {
  const { syslog, webhook } = shipping ?? {};
  const receivers: Receiver[] = [];
  if (syslog?.url !== undefined) {
    receivers.push(new SyslogReceiver({ ...syslog, ...placeOf(syslog.url) }));
  }
  if (webhook?.url !== undefined) {
    const secret = Buffer.from(webhook.secret?.reveal() ?? '');
    receivers.push(new WebhookReceiver({ url: webhook.url, secret, now }));
  }
  return receivers;
}

/** As the schema has checked it. */
function placeOf(url: string) {
  const [, transport, name = '', port] = /^(tls|tcp|udp):\/\/(.*):(\d+)$/.exec(url) ?? [];
  return {
    transport: transport as 'tls' | 'tcp' | 'udp',
    host: name.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port),
  };
}
