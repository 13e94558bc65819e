import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { MatrixRun, openMatrixWorld, situationsOf, titleOf, type MatrixWorld } from '../../support/deploy-matrix.js';
import { Meeting, RESTARTS, tryRestart } from '../../support/deploy-restart.js';
import { restartApiServer } from '../../support/restart-api-server.js';

// All cases run while jest waits for the first.
jest.setTimeout(15 * 60_000);

const DOWN_MS = 3000;
const only = process.env['HELM_CD_MATRIX_ONLY'] ?? '';

/** One restart each: with every helm, once where all then goes well, and once where it does not. */
const rounds = (['4', '3'] as const)
  .flatMap((helm) => [false, true].map((hookFails) => ({ helm, hookFails })))
  .map(({ helm, hookFails }) =>
    RESTARTS.flatMap((restart) =>
      situationsOf(helm)
        .filter((situation) => situation.hookFails === hookFails)
        .map((situation) => {
          const { name } = restart;
          return { name, restart, situation, title: `helm ${helm}: ${titleOf(name, situation)}` };
        }),
    ).filter(({ title }) => title.includes(only)),
  );
const cases = rounds.flat();
const run = new MatrixRun('restarts');

let world: MatrixWorld | undefined;
beforeAll(async () => {
  const here = (world = await openMatrixWorld('matrix-restarts'));
  // A round at a time: the next would suffer from the restart of this one.
  let before = Promise.resolve();
  for (const round of rounds) {
    const meeting = new Meeting(round.length, () => restartApiServer(here.cluster, DOWN_MS));
    const work = (index: number) => tryRestart(here, round[index]!.restart, round[index]!.situation, meeting);
    before = run.start(round, work, round.length, before);
  }
});
afterAll(async () => {
  await run.write(RESTARTS.map(({ name }) => name));
  await world?.close();
});

describe('a deploy whose API server goes away for seconds gets through, or leaves a defined state', () => {
  it.each(cases)('$title', ({ name, situation }) => run.expect(name, situation));
});
