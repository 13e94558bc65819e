import { cp } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { openCompositeWorld, type CompositeWorld } from '../../support/composite-world.js';
import { happens, INTERRUPTIONS, tryInterruption } from '../../support/deploy-interruption.js';
import { MatrixRun, openMatrixWorld, situationsOf, titleOf, type MatrixWorld } from '../../support/deploy-matrix.js';
import { appChart } from '../../support/deploy.js';

// All cases run while jest waits for the first.
jest.setTimeout(15 * 60_000);

const only = process.env['HELM_CD_MATRIX_ONLY'] ?? '';
const cases = (['4', '3'] as const)
  .flatMap((helm) =>
    INTERRUPTIONS.flatMap((interruption) =>
      situationsOf(helm)
        .filter((situation) => happens(interruption, situation))
        .map((situation) => {
          const { name } = interruption;
          return { name, interruption, situation, title: `helm ${helm}: ${titleOf(name, situation)}` };
        }),
    ),
  )
  .filter(({ title }) => title.includes(only));
const run = new MatrixRun('interruptions');

let world: MatrixWorld | undefined;
let composite: CompositeWorld | undefined;
beforeAll(async () => {
  const here = (world = await openMatrixWorld('matrix-interruptions'));
  const there = (composite = await openCompositeWorld('deploy-chart'));
  await cp(appChart, path.join(there.workspace, 'app'), { recursive: true });
  void run.start(cases, (index) => tryInterruption(here, there, cases[index]!.interruption, cases[index]!.situation));
});
afterAll(async () => {
  await run.write(INTERRUPTIONS.map(({ name }) => name));
  await composite?.close();
  await world?.close();
});

describe('a deploy that is interrupted leaves a defined state', () => {
  it.each(cases)('$title', ({ name, situation }) => run.expect(name, situation));
});
