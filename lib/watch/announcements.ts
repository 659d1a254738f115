import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Announcer } from '../engine/bystanders';
import type { Change } from '../model/change';
import { entryKey } from '../model/entry';
import { Channel, describePeer, isAdmitted, Listener, type Reply } from '../state/channel';
import { loadHost, type Peer } from '../state/host';
import type { Place } from '../state/place';
import { errnoOf, FirewallError, messageOf } from '../util/errors';
import { forbiddenUnixSocket } from '../util/sandbox';
import type { RepairKeys } from './ground-truth';

/** A message from a portshift process to the watches of the same owner's rules. */
export type Announcement = { readonly do: 'emptying' } | ({ readonly do: 'repairing' } & RepairKeys);

/** Receives announcements. */
export interface Hearer {
  /** Called when a process starts to remove all rules. The returned function is called when the removal has ended. */
  emptying(): () => Promise<void>;
  repairing(change: RepairKeys): void;
}

/** The time limit for connecting to the watches, and then for their answers, in ms. */
const PATIENCE = 2_000;

/** The time in ms after which an announced removal counts as done, even if its announcer has not ended it. */
const LONGEST_CHANGE = 60_000;

/** The time in ms before another attempt to connect to a watch that accepts no connection at the moment. */
const RETRY = 20;

/**
 * The largest number of watches of one user that are notified, each of which costs a descriptor, and of messages about
 * the others.
 */
const MOST = 32;

/** The largest number of notified watches whose users are neither this one nor root. */
const MOST_OF_STRANGERS = 256;

/** The number of names after which the event loop gets a turn. */
const PAGE = 64;

/** The longest answer in bytes. An answer is a single word. */
const LONGEST_ANSWER = 1_024;

/** The result of connecting to a watch that accepts no connection at the moment. */
const BUSY = Symbol('busy');

const NOTHING_SAID: Reply = { is: 'answer', value: false };

/**
 * Returns the prefix of the abstract socket names (unix(7)) of watches. These names belong to the network namespace, so
 * that watches and the processes that change its rules find each other whatever their users, mounts and PID namespaces
 * are. Any process in the namespace can see and take such a name, so each side checks the credentials of the other.
 */
function prefixOf({ owner }: Place): string {
  return `portshift/watch/${owner}/`;
}

/**
 * Receives announcements of this user's processes, and of root's, until it is closed.
 * @throws FirewallError ERR_UNSUPPORTED
 */
export async function hear(place: Place, hearer: Hearer): Promise<{ close(): Promise<void> }> {
  let isClosed = false;
  const converse = () => {
    let end: (() => void) | undefined;
    return {
      answer: async (announcement: Announcement) => {
        if (announcement.do === 'emptying') end ??= emptying();
        else hearer.repairing(announcement);
        return true;
      },
      ended: async () => end?.(),
    };
  };
  /**
   * Passes on the start of a removal, and its end after LONGEST_CHANGE at the latest, even if the announcer is stopped
   * in the meantime.
   */
  const emptying = () => {
    const done = hearer.emptying();
    let isOver = false;
    const end = () => {
      clearTimeout(timer);
      if (!isOver && !isClosed) void done();
      isOver = true;
    };
    const timer = setTimeout(end, LONGEST_CHANGE).unref();
    return end;
  };
  const listener = new Listener<Announcement>(converse, { is: 'refused' });
  try {
    const name = `${prefixOf(place)}${randomBytes(8).toString('hex')}`;
    await listener.listenWith(loadHost().listenAbstract(place.namespace?.path, name));
  } catch (error) {
    throw cannotHear(error);
  }
  listener.unref();
  return {
    async close() {
      isClosed = true;
      await listener.close();
    },
  };
}

function cannotHear(error: unknown): unknown {
  if (error instanceof FirewallError) return error;
  const forbidden = forbiddenUnixSocket(error);
  if (forbidden !== undefined) return forbidden;
  const errno = errnoOf(error);
  return new FirewallError(
    'ERR_UNSUPPORTED',
    `the watch cannot hear what other portshift processes announce, and would put back what they take away: ${messageOf(error)}; it was not started`,
    { ...(errno !== undefined && { errno }), cause: error },
  );
}

function notTold(why: string): string {
  return `a watch of these rules was not told, and with --heal puts back what is gone now: ${why}`;
}

/**
 * Limits the number of watches that are notified. Any process in the namespace can create names of watches without
 * limit, and one with a range of user ids can do so as each of these users.
 */
class Crowd {
  readonly #users = new Map<number, number>();
  #strangers = 0;

  /** Counts a watch. Returns a message with the reason if it is not notified. */
  refusal(peer: Peer): string | undefined {
    const { uid } = peer;
    const count = (this.#users.get(uid) ?? 0) + 1;
    this.#users.set(uid, count);
    if (count > MOST) return tooMany(MOST, `of uid ${uid}`);
    if (isAdmitted(peer)) return undefined;
    this.#strangers += 1;
    return this.#strangers > MOST_OF_STRANGERS ? tooMany(MOST_OF_STRANGERS, 'of other users') : undefined;
  }
}

function tooMany(most: number, whose: string): string {
  return `more than ${most} watches ${whose} listen: the others are not told, and with --heal put back what is gone now`;
}

function withoutCrowd(unheard: readonly string[]): readonly string[] {
  const lines = [...new Set(unheard)];
  if (lines.length <= MOST) return lines;
  return [...lines.slice(0, MOST), `${lines.length - MOST} more on the names of watches were not told`];
}

/** Sends announcements to all watches of an owner's rules. */
export class Announcements implements Announcer {
  #unheard: readonly string[] = [];

  constructor(readonly place: Place) {}

  get unheard(): readonly string[] {
    return this.#unheard;
  }

  async emptying(signal?: AbortSignal): Promise<() => void> {
    const channels = await this.#tell({ do: 'emptying' }, signal);
    return () => {
      for (const channel of channels) channel.close();
    };
  }

  async repairing({ removed, added }: Change): Promise<void> {
    const keys = { removed: removed.map(entryKey), added: added.map(entryKey) };
    for (const channel of await this.#tell({ do: 'repairing', ...keys })) channel.close();
  }

  /** Sends an announcement. Returns the channels to the watches that have confirmed it. @throws the signal's reason */
  async #tell(announcement: Announcement, signal?: AbortSignal): Promise<Channel[]> {
    const unheard: string[] = [];
    const heard: Channel[] = [];
    for (const one of await this.#tellEach(this.#listeners(unheard), announcement, signal)) {
      if (typeof one === 'string') unheard.push(one);
      else if (one !== undefined) heard.push(one);
    }
    this.#unheard = withoutCrowd(unheard);
    if (!signal?.aborted) return heard;
    for (const channel of heard) channel.close();
    throw signal.reason;
  }

  #listeners(unheard: string[]): string[] {
    try {
      return loadHost().abstractListeners(this.place.namespace?.path, prefixOf(this.place));
    } catch (error) {
      unheard.push(`whether somebody watches these rules is not known, and so nobody was told: ${messageOf(error)}`);
      return [];
    }
  }

  /**
   * Sends an announcement to each watch. Watches that accept no connection at the moment are all tried again each time,
   * because other processes may be connecting to them.
   */
  async #tellEach(
    names: readonly string[],
    announcement: Announcement,
    signal: AbortSignal | undefined,
  ): Promise<(Channel | string | undefined)[]> {
    const telling: (Promise<Channel | string | undefined> | string)[] = [];
    const crowd = new Crowd();
    const tell = (channel: Channel) => {
      const why = crowd.refusal(channel.peer);
      if (why !== undefined) channel.close();
      telling.push(why ?? this.#tellOne(channel, announcement, signal));
    };
    const deadline = performance.now() + PATIENCE;
    let left = names;
    while (left.length > 0 && !signal?.aborted) {
      const busy: string[] = [];
      for (const [index, name] of left.entries()) {
        if (index % PAGE === PAGE - 1) await setImmediate();
        const channel = this.#connect(name);
        if (channel instanceof Channel) tell(channel);
        else if (channel === BUSY) busy.push(name);
        else if (channel !== undefined) telling.push(channel);
      }
      if (performance.now() > deadline) {
        telling.push(...busy.map(() => notTold('it takes no connection')));
        break;
      }
      left = busy;
      if (busy.length > 0) await sleep(RETRY);
    }
    return Promise.all(telling);
  }

  /** Connects to a watch. Returns a message if that fails; undefined if the watch is gone. */
  #connect(name: string): Channel | string | typeof BUSY | undefined {
    let socket: Socket | undefined;
    try {
      const fd = loadHost().connectAbstract(this.place.namespace?.path, name);
      if (fd === undefined) return undefined;
      socket = new Socket({ fd });
      return new Channel(socket, LONGEST_ANSWER);
    } catch (error) {
      socket?.destroy();
      return errnoOf(error) === 'EAGAIN' ? BUSY : notTold(messageOf(error));
    }
  }

  /**
   * Sends an announcement to one watch. Returns its channel if it has confirmed, a message if it has not, and undefined
   * if it is gone.
   */
  async #tellOne(
    channel: Channel,
    announcement: Announcement,
    signal: AbortSignal | undefined,
  ): Promise<Channel | string | undefined> {
    try {
      const watch = `a watch of these rules, ${describePeer(channel.peer)} of uid ${channel.peer.uid},`;
      // Watches of other users must not learn which rules exist.
      const mayHear = announcement.do === 'emptying' || isAdmitted(channel.peer);
      const reply = mayHear ? await channel.ask(announcement, PATIENCE, signal) : NOTHING_SAID;
      if (reply.is === 'answer' && reply.value === true) return channel;
      channel.close();
      if (reply.is === 'gone') return undefined;
      return reply.is === 'silent'
        ? `${watch} does not answer, as it is stopped or frozen: with --heal it puts back what is gone now once it goes on; end it before (kill -KILL)`
        : `${watch} is not told by uid ${process.geteuid?.()}: with --heal it puts back what is gone now; end it, or do this as its user`;
    } catch (error) {
      channel.close();
      return signal?.aborted ? undefined : notTold(messageOf(error));
    }
  }
}
