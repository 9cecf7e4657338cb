import { lookupEvents } from './lookup-events.operations.js';

/** The table of contents of what is here of CloudTrail's API. */
export const sections = {
  Events: [lookupEvents],
};
