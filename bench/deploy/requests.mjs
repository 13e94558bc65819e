/** What was asked of the API server, by its audit log. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The controllers' own requests are no part of a deploy. */
const CLIENTS = /^(?:helm|kubectl|node|undici)/i;

/**
 * Reads on from where it was when the last was read.
 * @param {string} file with an audit.k8s.io/v1 Event a line
 * @returns {() => Record<string, number>} how many, by what was asked; called after each deploy
 */
export function auditReader(file) {
  let at = 0;
  let rest = '';
  return () => {
    const descriptor = openSync(file, 'r');
    const size = fstatSync(descriptor).size;
    const bytes = Buffer.alloc(size - at);
    readSync(descriptor, bytes, 0, bytes.length, at);
    closeSync(descriptor);
    at = size;
    const lines = (rest + bytes.toString()).split('\n');
    rest = lines.pop();
    const counts = {};
    for (const line of lines) {
      const { userAgent = '', verb, objectRef, requestURI } = JSON.parse(line);
      if (!CLIENTS.test(userAgent)) continue;
      const key = objectRef === undefined ? `${verb} discovery and health` : `${verb} ${nameOf(objectRef)}`;
      counts[/^\/(?:api|apis|openapi|version)(?:[/?]|$)/.test(requestURI) ? key : `${verb} ${requestURI}`] =
        (counts[key] ?? 0) + 1;
    }
    return counts;
  };
}

const nameOf = ({ resource, subresource }) => (subresource === undefined ? resource : `${resource}/${subresource}`);

export const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);
