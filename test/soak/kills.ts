import { anyMoment, CHANGES, type Change, carryOut, noteDone, openChanger, prepare, repairAndGoBack } from './changes';
import { Sabotage } from './sabotage';
import type { Stage } from './stage';

/** How many rounds of others weigh as much as one process that is started and killed. */
const WEIGHT = 10;
const FEWEST = 4;
/** ms in which a change begins and ends. */
const CHANGE_MS = 15;

/** The process that makes a change is killed, after each of its commits in turn and at any moment. */
export async function kills(stage: Stage, rounds: number): Promise<void> {
  const sabotage = await Sabotage.create();
  try {
    await prepare(stage);
    for (let kill = 0; kill < Math.max(FEWEST, rounds / WEIGHT); kill += 1) {
      const change = CHANGES[kill % CHANGES.length] as Change;
      const turn = Math.floor(kill / CHANGES.length);
      if (turn % 2 === 0) await killAtCommit(stage, sabotage, change, turn / 2);
      else await killAtAnyMoment(stage, change);
    }
  } finally {
    sabotage.remove();
  }
}

async function killAtCommit(
  stage: Stage,
  sabotage: Sabotage,
  { there, back, commits }: Change,
  turn: number,
): Promise<void> {
  // An nft batch is one commit however many messages it has.
  const points = stage.backend === 'nft' ? 1 : commits;
  const point = turn % (points + 1);
  const changer = await openChanger(stage, { sabotage });
  if (point === points) sabotage.arm('kill-before', 1);
  else sabotage.arm('kill-after', point + 1);
  const response = await carryOut(stage, changer, there);
  if (sabotage.disarm()) stage.note('processes killed at a commit', response === undefined ? undefined : 'it lived on');
  else noteDone(stage, there, response);
  await changer.kill();
  await repairAndGoBack(stage, back);
}

async function killAtAnyMoment(stage: Stage, { there, back }: Change): Promise<void> {
  const changer = await openChanger(stage);
  const response = carryOut(stage, changer, there);
  await anyMoment(CHANGE_MS);
  await changer.kill();
  await response;
  stage.note('processes killed at any moment');
  await repairAndGoBack(stage, back);
}
