import fs from 'node:fs/promises';

/** The last lines of a log file; empty when there is none. */
export async function logTail(file, lines = 20) {
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
