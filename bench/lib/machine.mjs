import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeSamples, spread } from './measure.mjs';

function version(program) {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')[0].trim();
  } catch {
    return `no ${program}`;
  }
}

/** A fixed amount of arithmetic: how much its time varies is the machine's own noise. */
async function noise() {
  const samples = [];
  let sum = 0;
  for (let round = 0; round < 40; round++) {
    const started = performance.now();
    for (let index = 0; index < 4_000_000; index++) sum = (sum + index * index) % 1_000_003;
    samples.push(performance.now() - started);
    await sleep(5);
  }
  if (sum < 0) throw new Error('arithmetic is broken');
  return describeSamples(samples.slice(5));
}

/** What was measured on, and how steadily it runs. */
export async function describeMachine() {
  const work = await noise();
  const [cpu] = os.cpus();
  return {
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    processors: `${os.availableParallelism()} × ${cpu?.model.trim() ?? 'unknown'}`,
    memory: `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`,
    load: os.loadavg()[0],
    node: process.version,
    git: version('git'),
    bash: version('bash')
      .replace(/,? version /, ' ')
      .replace(/\(.*/, ''),
    noise: spread(work),
  };
}

export function machineLines(machine) {
  return [
    `${machine.system}, ${machine.processors}, ${machine.memory}, load ${machine.load.toFixed(2)}`,
    `node ${machine.node}, ${machine.git}, ${machine.bash}`,
    `noise: the same arithmetic, over and over, varies by ${(machine.noise * 100).toFixed(1)} % between the quartiles`,
  ];
}
