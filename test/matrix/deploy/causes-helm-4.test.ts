import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { tryCause } from '../../support/deploy-cause.js';
import { allCauses, setAdmissionUp } from '../../support/deploy-causes.js';
import { MatrixRun, openMatrixWorld, situationsOf, titleOf, type MatrixWorld } from '../../support/deploy-matrix.js';

// All cases run while jest waits for the first.
jest.setTimeout(15 * 60_000);

const only = process.env['HELM_CD_MATRIX_ONLY'] ?? '';
const cases = allCauses()
  .flatMap((cause) =>
    situationsOf('4')
      .filter((situation) => cause.happens?.(situation) ?? true)
      .map((situation) => ({ name: cause.name, cause, situation, title: titleOf(cause.name, situation) })),
  )
  .filter(({ title }) => title.includes(only));
const run = new MatrixRun('causes-helm-4');

let world: MatrixWorld | undefined;
beforeAll(async () => {
  world = await openMatrixWorld('matrix-causes-4');
  const here = world;
  await setAdmissionUp(here);
  void run.start(cases, (index) => tryCause(here, cases[index]!.cause, cases[index]!.situation));
});
afterAll(async () => {
  await run.write(allCauses().map(({ name }) => name));
  await world?.close();
});

describe('a deploy with helm 4 fails and leaves a defined state', () => {
  it.each(cases)('$title', ({ name, situation }) => run.expect(name, situation));
});
