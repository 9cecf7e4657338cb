/** A record as a message of syslog. Source: RFC 5424 §6; RFC 5425 §4.3 and RFC 6587 §3.4.1 for its frame. */
import type { ShippedRecord } from './unsent.js';

/** "log audit". */
const FACILITY = 13;
const WARNING = 4;
const INFORMATIONAL = 6;
const STRUCTURED_DATA = '[origin software="strongroom"]';
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/;

/** Who sends. */
export interface SyslogSender {
  readonly host: string;
  readonly processId: number;
}

/** The message: its last part is the record, octet by octet as it stands in the trail. */
export function syslogMessage(record: ShippedRecord, { host, processId }: SyslogSender): Buffer {
  const priority = FACILITY * 8 + (record.hasFailed ? WARNING : INFORMATIONAL);
  const time = TIME.test(record.eventTime) ? record.eventTime : '-';
  const name = printable(record.eventName, 32);
  const header = `<${priority}>1 ${time} ${printable(host, 255)} strongroom ${processId} ${name}`;
  return Buffer.concat([Buffer.from(`${header} ${STRUCTURED_DATA} `), record.text]);
}

/** A message with its length before it, as streams need it. */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

function printable(text: string, maxLength: number): string {
  return text.replace(/[^!-~]/g, '?').slice(0, maxLength) || '-';
}
