import { addressOf } from '../backends/nft';
import type { Publication } from '../model/entry';
import { escapeControls } from '../util/errors';
import type { ForeignFinding, Obstacle } from './finding';
import type { RuleReference } from './packet-filter';

/** Describes a rule as the tools of its backend name it, or a policy if the reference names no rule. */
export function describeRule(reference: RuleReference): string {
  const { backend, family, table, chain, number, handle, text } = reference;
  const words = text === undefined || text === '' ? '' : ` (${text})`;
  const program = family === 'ipv6' ? 'ip6tables-legacy' : 'iptables-legacy';
  const place = backend === 'iptc' ? `${program} ${table} ${chain}` : `nft ${family} ${table} ${chain}`;
  if (number !== undefined) return escapeControls(`rule ${number} of ${place}${words}`);
  if (handle !== undefined) return escapeControls(`rule with handle ${handle} of ${place}${words}`);
  return escapeControls(`the policy of ${place}`);
}

/** Describes a published port, for example as `"web" (tcp port 8445)`. */
export function describePort({ name, protocol, port }: Publication): string {
  return `"${escapeControls(name)}" (${protocol} port${typeof port === 'string' ? 's' : ''} ${port})`;
}

/** Describes the destination of a translated packet. */
export function describeDestination(
  port: number,
  address: readonly string[] | undefined,
  isElsewhere: boolean,
): string {
  const where = isElsewhere ? `another address${address?.length === 1 ? `, ${addressOf(address[0] ?? '')}` : ''}` : '';
  const at = port === 0 ? 'another port' : `port ${port}`;
  return where === '' ? at : `${at} of ${where}`;
}

/** The connections that are concerned, for example `over IPv6` or `from eth1`. Empty: all of them. */
export type Concerned = string;

const IN_THE_WAY = 'remove that rule, put it behind those of portshift, or publish on another port';

/** Describes the effect of an obstacle on a published port. */
export function describeObstacle(
  publication: Publication,
  obstacle: Obstacle,
  concerned: Concerned,
): Pick<ForeignFinding, 'text' | 'remedy'> {
  const { protocol, targetPort } = publication;
  const rule = describeRule(obstacle.by);
  const target = `${protocol} port ${targetPort}`;
  const may = obstacle.isDoubtful ? ' may be' : ' are';
  const connections = `connections to ${describePort(publication)}${concerned === '' ? '' : ` ${concerned}`}`;
  const verb = DENIALS[obstacle.action] ?? 'dropped';
  const unless = obstacle.unless === undefined ? '' : `, unless they match ${describeRule(obstacle.unless.reference)}`;
  switch (obstacle.code) {
    case 'port-taken':
      return {
        text: `${connections}${may} taken by ${rule}, which comes before portshift's: they go to ${obstacle.instead ?? 'another place'}${unless}`,
        remedy: IN_THE_WAY,
      };
    case 'port-skipped':
      return {
        text: `${connections}${may} not redirected: ${rule} ${obstacle.action === 'queue' ? 'has a program take' : 'accepts'} them before portshift's rules see them${unless}`,
        remedy: `${IN_THE_WAY}; portshift watch --heal puts those of portshift first again`,
      };
    case 'port-untracked':
      return {
        text: `${connections}${may} not redirected: ${rule} keeps them from connection tracking, without which nothing is translated${unless}`,
        remedy: `except ${protocol} port ${publication.port} from that rule`,
      };
    case 'port-blocked':
      return {
        text: `${connections}${may} ${verb} by ${rule}, before they are redirected${unless}`,
        remedy: `accept ${protocol} port ${publication.port} there`,
      };
    case 'target-blocked': {
      const knew =
        obstacle.accepts === undefined
          ? ''
          : `; ${describeRule(obstacle.accepts)} lets in port ${publication.port}, as which they do not arrive`;
      return {
        text: `${connections} arrive as ${target}, and${may} ${verb} by ${rule}${unless}${knew}`,
        remedy: `accept ${target} there (portshift closes it to direct access all the same), or what was translated: ct status dnat, -m conntrack --ctstate DNAT`,
      };
    }
    case 'target-open':
      return {
        text: `${target}, the target port of "${escapeControls(publication.name)}", ${obstacle.isDoubtful ? 'may be' : 'is'} reached directly${concerned === '' ? '' : ` ${concerned}`}, though it is closed: ${rule} ${OPENINGS[obstacle.action] ?? 'translates them, so that they pass'} portshift's rules`,
        remedy: `remove that rule, or put it behind those of portshift; portshift watch --heal puts those of portshift first again`,
      };
    case 'filter-ineffective':
      return {
        text: `${rule} has no effect on ${connections}: it is about port ${publication.port}, and they arrive as ${target}`,
        remedy: `withdraw the port, publish it with other options, or deny ${target} instead`,
      };
    default:
      return {
        text: `what becomes of ${connections} is decided by ${rule}, which portshift does not evaluate${undecodedText(obstacle)}`,
      };
  }
}

function undecodedText({ undecoded = [] }: Obstacle): string {
  return undecoded.length === 0 ? '' : ` (${escapeControls(undecoded.join(', '))})`;
}

const OPENINGS: Readonly<Record<string, string>> = {
  accept: 'accepts packets before',
  queue: 'has a program accept packets before',
};

const DENIALS: Readonly<Record<string, string>> = { drop: 'dropped', reject: 'rejected' };
