import type { PublishedPort } from '../../lib';
import type { Download, Flow } from '../support/host';
import { hostOf, PROTOCOLS, placeOf } from './places';
import { BLUE, GREEN, Stage } from './stage';

const PORT = 8445;
/** Public ports that are used one after the other, and the ones of the HTTPS server. */
const MOVING = { web: 10_000, files: 15_000, count: 5_000 };
/** How many moves a download lasts. */
const DOWNLOAD_ROUNDS = 8;
const PAUSE_MS = 2;
const KEPT_PAUSE_MS = 25;

async function publish(stage: Stage, port: number, targetPort: number): Promise<PublishedPort[]> {
  return Promise.all(PROTOCOLS.map((protocol) => stage.firewall.publish(Stage.service(protocol, port, targetPort))));
}

/** One public port between two servers. */
export async function retargets(stage: Stage, rounds: number): Promise<void> {
  const web = await publish(stage, PORT, BLUE);
  await stage.load.hammer('public port', [PORT], 'open', PAUSE_MS);
  await stage.load.keepOpen('kept open', PORT, KEPT_PAUSE_MS);
  await stage.begin();
  for (let round = 1; round <= rounds; round += 1) {
    const [target, colour] = round % 2 === 0 ? [BLUE, 'blue'] : [GREEN, 'green'];
    await Promise.all(web.map((one) => one.retarget(target)));
    stage.note('changes');
    const places = [placeOf(round)];
    await stage.check('checks after a change', [
      ...PROTOCOLS.map((protocol) => {
        return { port: PORT, expect: `open ${protocol} ${colour}`, protocols: [protocol], places } as const;
      }),
      { port: target, expect: 'closed', places },
    ]);
  }
}

/** One service through many public ports. */
export async function moves(stage: Stage, rounds: number): Promise<void> {
  const web = await publish(stage, MOVING.web, BLUE);
  const files = await stage.firewall.publish({ name: 'files', port: MOVING.files, targetPort: stage.filesPort });
  await stage.load.hammer('previous port, then next', [MOVING.web], 'open', PAUSE_MS);
  await stage.load.hammer('target of the moved port', [BLUE], 'closed', 10);
  await stage.load.keepOpen('kept open', MOVING.web, KEPT_PAUSE_MS);
  await stage.begin();
  const downloads: Download[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [from, to] = [MOVING.web + (round % MOVING.count), MOVING.web + ((round + 1) % MOVING.count)];
    const filesFrom = MOVING.files + (round % MOVING.count);
    await stage.load.aim('previous port, then next', [from, to]);
    const flow = await openFlow(stage, round, from);
    downloads.push(await download(stage, round, filesFrom));
    await Promise.all([...web.map((one) => one.move(to)), files.move(MOVING.files + ((round + 1) % MOVING.count))]);
    stage.note('changes');
    await stage.check('checks after a change', [
      { port: to, expect: 'open' },
      { port: from, expect: 'closed' },
      { port: filesFrom, expect: 'closed', protocols: ['tcp'], places: [placeOf(round)] },
    ]);
    await assertAlive(stage, flow);
    if (downloads.length === DOWNLOAD_ROUNDS || round === rounds - 1) await endDownloads(stage, downloads.splice(0));
  }
}

/** Other ports that come and go beside one that stays. */
export async function neighbours(stage: Stage, rounds: number): Promise<void> {
  await publish(stage, PORT, BLUE);
  await stage.load.hammer('public port', [PORT], 'open', PAUSE_MS);
  await stage.load.hammer('its target', [BLUE], 'closed', 10);
  await stage.load.keepOpen('kept open', PORT, KEPT_PAUSE_MS);
  await stage.begin();
  for (let round = 0; round < Math.ceil(rounds / 2); round += 1) {
    const port = MOVING.web + (round % MOVING.count);
    const places = [placeOf(round)];
    const others = await Promise.all(
      PROTOCOLS.map((protocol) => stage.firewall.publish(Stage.service(protocol, port, GREEN, 'other'))),
    );
    stage.note('changes');
    await stage.check('checks after a change', [
      { port, expect: 'open', places },
      { port: GREEN, expect: 'closed', places },
    ]);
    await Promise.all(others.map((other) => other.withdraw()));
    stage.note('changes');
    await stage.check('checks after a change', [
      { port, expect: 'closed', places },
      { port: GREEN, expect: 'open', places },
    ]);
  }
}

async function openFlow(stage: Stage, round: number, port: number): Promise<Flow> {
  const place = placeOf(round);
  const flow = await hostOf(stage.hosts, place).open({ protocol: 'tcp', address: place.address, port });
  stage.load.answered.tcp += 1;
  return flow;
}

async function assertAlive(stage: Stage, flow: Flow): Promise<void> {
  const outcome = await flow.echo();
  const alive = outcome.state === 'open' && outcome.server === flow.server;
  stage.note('connections across a move', alive ? undefined : outcome.state);
  await flow.close();
}

async function download(stage: Stage, round: number, port: number): Promise<Download> {
  const place = placeOf(round);
  const { cert } = stage.certificate;
  return hostOf(stage.hosts, place).download({ protocol: 'tcp', address: place.address, port, ca: cert });
}

async function endDownloads(stage: Stage, downloads: readonly Download[]): Promise<void> {
  await stage.hosts.server.servers.call('releaseDownloads', 'files');
  for (const one of downloads) {
    const { state, error } = await one.end();
    stage.note('downloads across moves', state === 'complete' ? undefined : `${state}: ${error}`);
  }
}
