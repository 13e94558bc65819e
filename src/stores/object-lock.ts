import { randomUUID } from 'node:crypto';
import { formatDuration } from '../core/duration.js';
import { HelmCdError } from '../core/errors.js';
import { choosingName, lockView, nextNumber, ticketName, type LockObject, type LockView } from '../core/object-lock.js';
import type { Services } from '../core/ports.js';

/** What the lock needs of a store of objects: whatever was answered is seen by all from then on. */
export interface LockFolder {
  /** Its address, for people. */
  readonly url: string;
  list(): Promise<readonly LockObject[]>;
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
  /** What is not there is no error. It works also when the job has been cancelled. */
  remove(name: string): Promise<void>;
}

export interface LockTimes {
  readonly renewMs: number;
  /** Who has not renewed for so long is dead. */
  readonly staleMs: number;
  /** After this without a renewal we write nothing more, for soon others will think that we are dead. */
  readonly leaseMs: number;
  /** For the lock, altogether. */
  readonly waitMs: number;
}

export const LOCK_TIMES: LockTimes = { renewMs: 10_000, staleMs: 60_000, leaseMs: 40_000, waitMs: 10 * 60_000 };

const SHORTEST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 2000;
const PROGRESS_EVERY_MS = 10_000;

/** A lock that is held. */
export interface HeldLock {
  /**
   * For a write that the lock guards: ends before others could take the lock over.
   * @throws HelmCdError `conflict` when it may have been taken over already.
   */
  signal(): AbortSignal;
  release(): Promise<void>;
}

type NeededServices = Pick<Services, 'clock' | 'log'>;

/** Time that passes also while the machine sleeps, and that does not jump back when its clock is set. */
function stopwatch(): () => number {
  const [wall, steady] = [Date.now(), performance.now()];
  return () => Math.max(Date.now() - wall, performance.now() - steady);
}

class Ticket implements HeldLock {
  readonly name: string;
  private readonly folder: LockFolder;
  private readonly text: string;
  private readonly times: LockTimes;
  private readonly timer: NodeJS.Timeout;
  private sinceRenewal = stopwatch();
  private renewing: Promise<void> | undefined;

  /** @param sinceRenewal runs since before the ticket was written. */
  constructor(name: string, folder: LockFolder, text: string, times: LockTimes, sinceRenewal: () => number) {
    this.name = name;
    this.folder = folder;
    this.text = text;
    this.times = times;
    this.sinceRenewal = sinceRenewal;
    this.timer = setInterval(() => {
      this.renewing ??= this.renew().finally(() => (this.renewing = undefined));
    }, times.renewMs);
    this.timer.unref();
  }

  /** One that failed is tried again at the next turn: the lease is long enough for some. */
  private async renew(): Promise<void> {
    if (this.leaseLeft() <= 0) return;
    const started = stopwatch();
    const written = await this.folder.write(this.name, this.text).then(
      () => true,
      () => false,
    );
    if (written) this.sinceRenewal = started;
  }

  private leaseLeft(): number {
    return this.times.leaseMs - this.sinceRenewal();
  }

  signal(): AbortSignal {
    const left = this.leaseLeft();
    if (left > 0) return AbortSignal.timeout(Math.ceil(left));
    throw new HelmCdError('conflict', `The lock ${this.folder.url}/${this.name} could not be renewed in time.`, {
      hint: 'Somebody else may have it by now. Run the job again: it completes what is missing.',
    });
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    // A renewal that is under way would bring the ticket back.
    await this.renewing;
    await this.folder.remove(this.name);
  }
}

/** Takes a number and writes a ticket with it. */
async function takeTicket(folder: LockFolder, text: string, times: LockTimes): Promise<Ticket> {
  const id = randomUUID();
  const choosing = choosingName(id);
  let name = '';
  try {
    await folder.write(choosing, text);
    name = ticketName(nextNumber(await folder.list()), id);
    const since = stopwatch();
    await folder.write(name, text);
    await folder.remove(choosing);
    return new Ticket(name, folder, text, times, since);
  } catch (error) {
    await folder.remove(choosing).catch(() => undefined);
    if (name !== '') await folder.remove(name).catch(() => undefined);
    throw error;
  }
}

/** Says at times who is waited for. */
function createProgress(
  folder: LockFolder,
  { log }: NeededServices,
): (view: LockView, waitedMs: number) => Promise<void> {
  let next = 0;
  return async ({ before }, waitedMs) => {
    const [first] = before;
    if (first === undefined || waitedMs < next) return;
    next = waitedMs + PROGRESS_EVERY_MS;
    const holder = (await folder.read(first.name).catch(() => undefined)) ?? 'somebody';
    log.info(
      `${folder.url}: waiting for ${holder.trim()}; ${before.length} before us, ${formatDuration(waitedMs)} so far`,
    );
  };
}

/**
 * Waits for the lock. One whose owner was killed is taken over when it has not been renewed for a minute.
 * @param holder who we are, for those who wait for us: one line.
 * @throws HelmCdError `timeout` when others have it all the time.
 */
export async function takeLock(
  folder: LockFolder,
  holder: string,
  services: NeededServices,
  times: LockTimes = LOCK_TIMES,
): Promise<HeldLock> {
  const { clock, log } = services;
  const waited = stopwatch();
  const progress = createProgress(folder, services);
  let ticket = await takeTicket(folder, holder, times);
  try {
    for (;;) {
      const first = await folder.list();
      const view = lockView(ticket.name, first, await folder.list(), times.staleMs);
      for (const { name } of view.stale) {
        await folder.remove(name);
        log.info(`${folder.url}/${name}: its owner has not renewed it for ${formatDuration(times.staleMs)}, removed`);
      }
      if (view.state === 'held') return ticket;
      if (waited() >= times.waitMs) throw stillLocked(folder, view, waited());
      if (view.state === 'lost') {
        await ticket.release();
        ticket = await takeTicket(folder, holder, times);
        continue;
      }
      await progress(view, waited());
      // The further behind in the queue, the less often.
      const pause = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * view.before.length);
      await clock.sleep(pause * (0.75 + 0.5 * Math.random()));
    }
  } catch (error) {
    await ticket.release().catch(() => undefined);
    throw error;
  }
}

function stillLocked({ url }: LockFolder, { before }: LockView, waitedMs: number): HelmCdError {
  const names = before.map(({ name }) => name).join(', ');
  return new HelmCdError('timeout', `${url} was locked by others for ${formatDuration(waitedMs)}: ${names}`, {
    hint: 'Run the job again later. An object of the lock that nobody renews is removed after a minute.',
  });
}
