import { isDeepStrictEqual } from 'node:util';
import { start } from '../support/command';
import type { Changer } from './changer';
import {
  CHANGES,
  type Change,
  carryOut,
  HOME,
  installed,
  noteDone,
  OTHER,
  openChanger,
  prepare,
  repairAndGoBack,
  wrongAnswer,
} from './changes';
import { foreignRemovals } from './installed';
import type { ChangeRequest } from './protocol';
import { Sabotage } from './sabotage';
import { BLUE, GREEN, RED, type Stage } from './stage';

/** How many rounds of others weigh as much as every change with every way to fail. */
const WEIGHT = 100;

/** Every change and its way back, and in each the kernel refuses one commit after the other. */
export async function refusals(stage: Stage, rounds: number): Promise<void> {
  const sabotage = await Sabotage.create();
  try {
    const changer = await openChanger(stage, { sabotage });
    await prepare(stage);
    for (let round = 0; round < rounds; round += WEIGHT) {
      for (const change of CHANGES) {
        await refuseEach(stage, changer, sabotage, change.there);
        await refuseEach(stage, changer, sabotage, change.back);
        if (stage.backend === 'iptc') await refuseFromEach(stage, changer, sabotage, change);
      }
    }
    await changer.kill();
  } finally {
    sabotage.remove();
  }
}

/** The change is refused at its first commit, at its second and so on, and in the end made. */
async function refuseEach(stage: Stage, changer: Changer, sabotage: Sabotage, request: ChangeRequest): Promise<void> {
  const before = await installed(stage);
  for (let number = 1; ; number += 1) {
    sabotage.arm('refuse', number);
    const response = await carryOut(stage, changer, request);
    if (!sabotage.disarm()) return noteDone(stage, request, response);
    stage.note('changes that the kernel refuses', wrongAnswer(request, response, 'ERR_COMMIT'));
    const same = isDeepStrictEqual(await installed(stage), before);
    stage.note('nothing is left of them', same ? undefined : `${request.change}, commit ${number}`);
  }
}

/** The same, but undoing is refused as well; whoever comes next puts it right. */
async function refuseFromEach(
  stage: Stage,
  changer: Changer,
  sabotage: Sabotage,
  { there, back }: Change,
): Promise<void> {
  for (let number = 1; ; number += 1) {
    sabotage.arm('refuse-from', number);
    const response = await carryOut(stage, changer, there);
    if (!sabotage.disarm()) {
      noteDone(stage, there, response);
      return noteDone(stage, back, await carryOut(stage, changer, back));
    }
    stage.note('changes that cannot be undone', wrongAnswer(there, response, 'ERR_COMMIT'));
    const told = number === 1 || response?.error?.installed !== undefined;
    stage.note('the error tells what is installed', told ? undefined : `${there.change}, commit ${number}`);
    await repairAndGoBack(stage, back);
  }
}

/** Another program holds the xtables lock. */
export async function lockTimeouts(stage: Stage, rounds: number): Promise<void> {
  const changer = await openChanger(stage, { lockTimeout: 50 });
  await prepare(stage);
  for (let round = 0; round < rounds; round += WEIGHT) {
    for (const request of CHANGES.flatMap(({ there, back }) => [there, back])) {
      const release = await holdLock();
      const response = await carryOut(stage, changer, request);
      await release();
      if (stage.backend === 'iptc') {
        stage.note('changes while the lock is held', wrongAnswer(request, response, 'ERR_LOCK_TIMEOUT'));
        noteDone(stage, request, await carryOut(stage, changer, request));
      } else {
        noteDone(stage, request, response);
      }
    }
  }
  await changer.kill();
}

/** Somebody takes away a piece of another published port with the real tools, right before each change. */
export async function foreignEdits(stage: Stage, rounds: number): Promise<void> {
  const { namespace } = stage.hosts.server;
  await stage.firewall.publish(OTHER);
  await prepare(stage);
  const web = (await stage.firewall.published()).find(({ name }) => name === 'web-tcp');
  if (web === undefined) throw new Error('The service is not published.');
  const before = await installed(stage);
  for (let round = 0; round < rounds; ) {
    const removals = await foreignRemovals(namespace, stage.backend, OTHER.name, RED);
    if (removals.length === 0) throw new Error('No pieces were found.');
    for (const removal of removals) {
      await namespace.exec('sh', ['-ec', removal]);
      await web.retarget(GREEN);
      stage.note('changes');
      await stage.check('checks after a change', [
        { port: HOME, expect: 'open tcp green', protocols: ['tcp'] },
        { port: GREEN, expect: 'closed', protocols: ['tcp'] },
        { port: OTHER.port, expect: 'open tcp red', protocols: ['tcp'] },
        { port: RED, expect: 'closed', protocols: ['tcp'] },
      ]);
      await web.retarget(BLUE);
      stage.note('changes');
      const same = isDeepStrictEqual(await installed(stage), before);
      stage.note('what was taken away is back', same ? undefined : removal);
      round += 10;
    }
  }
}

/** Gives what releases it. */
async function holdLock(): Promise<() => Promise<void>> {
  const file = process.env['XTABLES_LOCKFILE'];
  if (file === undefined) throw new Error('No lock file.');
  const holder = start('flock', ['--no-fork', file, 'sh', '-c', 'echo held; exec cat']);
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  return () =>
    new Promise((resolve) => {
      holder.once('close', () => resolve());
      holder.stdin.end();
    });
}
