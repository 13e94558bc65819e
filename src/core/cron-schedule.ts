/** Schedules of CronJobs, as Kubernetes' cron library reads them. */

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');
const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: MONTHS },
  { name: 'day of the week', min: 0, max: 6, words: DAYS },
];
const WORDS = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/;
/** Go's durations. */
const DURATION = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

function numberOf(text: string, { min, words }: Field): number | undefined {
  const word = words?.indexOf(text.toLowerCase()) ?? -1;
  if (word !== -1) return word + min;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function isRange(text: string, field: Field): boolean {
  const [range = '', step, ...more] = text.split('/');
  if (more.length > 0 || (step !== undefined && !/^0*[1-9]\d*$/.test(step))) return false;
  if (range === '*' || range === '?') return true;
  const [from = '', to, ...rest] = range.split('-');
  if (rest.length > 0) return false;
  const start = numberOf(from, field);
  const end = to === undefined ? start : numberOf(to, field);
  return start !== undefined && end !== undefined && start >= field.min && end <= field.max && start <= end;
}

/** @returns what is wrong with it, as the end of a sentence; nothing when the API server takes it. */
export function cronProblem(schedule: string): string | undefined {
  if (/^(?:CRON_)?TZ=/.test(schedule)) return 'has a time zone, which belongs in spec.timeZone';
  if (schedule.startsWith('@')) {
    if (WORDS.test(schedule)) return undefined;
    const every = /^@every (.*)$/.exec(schedule)?.[1];
    return every !== undefined && DURATION.test(every) ? undefined : 'is no schedule that Kubernetes knows';
  }
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return 'must have five fields: minute, hour, day, month, day of the week';
  for (const [index, field] of FIELDS.entries()) {
    const parts = (fields[index] ?? '').split(',').filter((part) => part !== '');
    if (parts.length > 0 && parts.every((part) => isRange(part, field))) continue;
    return `has a ${field.name} that is none from ${field.min} to ${field.max}`;
  }
  return undefined;
}
