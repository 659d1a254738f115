import { abortPart } from './abort.part';
import { applyPart } from './apply.part';
import { clearPart } from './clear.part';
import { concurrencyPart } from './concurrency.part';
import { confirmPart } from './confirm.part';
import { type ContractBackend, type ContractPart, Fixture } from './fixture';
import { flowsPart } from './flows.part';
import { lifecyclePart } from './lifecycle.part';
import { movePart } from './move.part';
import { openPart } from './open.part';
import { ownersPart } from './owners.part';
import { publishPart } from './publish.part';
import { publishAllPart } from './publish-all.part';
import { publishedPart } from './published.part';
import { restorePart } from './restore.part';
import { rollbackPart } from './rollback.part';
import { updatePart } from './update.part';

const PARTS: readonly ContractPart[] = [
  openPart,
  publishPart,
  publishAllPart,
  publishedPart,
  movePart,
  flowsPart,
  applyPart,
  updatePart,
  clearPart,
  rollbackPart,
  restorePart,
  concurrencyPart,
  confirmPart,
  ownersPart,
  abortPart,
  lifecyclePart,
];

/** What every backend does alike: the whole of the public API, without packets. */
export function contractSuite(backend: ContractBackend): void {
  describe(`Backend ${backend.name}`, () => {
    let fixture: Fixture;
    beforeEach(async () => {
      fixture = await Fixture.create(backend);
    });
    afterEach(() => fixture.remove());
    for (const part of PARTS) part(() => fixture);
  });
}
