import { Channel, cannotTalk, checkAdmitted, describePeer, removeSocket } from '../state/channel';
import { findStateDirectory, openStateDirectory } from '../state/directory';
import { guardianSocket, type Place } from '../state/place';
import { FirewallError } from '../util/errors';
import type { Answer, GuardianOptions, PendingStatus, Question } from './protocol';
import { startGuardian } from './start';

/** A guardian's reply to a question. `silent`: the guardian exists and does not answer; undefined: it is gone. */
export type Said = Answer | 'silent' | undefined;

/** A connection to a guardian. */
export interface GuardianLine {
  /** A description of the guardian's process for messages. */
  readonly name: string;
  /** @throws the signal's reason */
  ask(question: Question, signal?: AbortSignal): Promise<Said>;
  /** Cancels a question that was not answered, if the guardian still reads the cancellation. */
  giveUp(): void;
  /** Closes the connection. Resolves when the guardian has ended, or does not end in time. */
  end(): Promise<void>;
  close(): void;
}

/** Finds and starts the guardian of one owner's rules in one namespace. There is at most one. */
export interface Guardians {
  /** Connects to the guardian if there is one. `gone`: it was killed while a change was waiting. */
  find(signal?: AbortSignal): Promise<GuardianLine | 'gone' | undefined>;
  /** Removes what a guardian that is gone has left. */
  forget(): Promise<void>;
  /**
   * Connects to the guardian, and starts one first if there is none.
   * @throws FirewallError ERR_GUARDIAN, ERR_PERMISSION; the signal's reason
   */
  connect(signal?: AbortSignal): Promise<GuardianLine>;
}

/**
 * The change that waits for its confirmation. `gone`: the process that would roll it back was killed. `silent`: that
 * process does not answer, because it is stopped or frozen.
 */
export type PendingConfirmation =
  | ({ readonly guardian: 'running' } & PendingStatus)
  | { readonly guardian: 'gone' }
  | { readonly guardian: 'silent'; readonly process: string };

/** @throws FirewallError ERR_GUARDIAN, ERR_PERMISSION, ERR_UNSUPPORTED; the signal's reason */
export async function findGuardian(place: Place, signal?: AbortSignal): Promise<GuardianLine | 'gone' | undefined> {
  const directory = findStateDirectory();
  if (directory === undefined) return undefined;
  try {
    const channel = await Channel.connect(directory.descriptor.at(guardianSocket(place)), signal);
    if (channel === 'stale') return 'gone';
    if (channel === 'silent') return SILENT_LINE;
    if (channel === undefined) return undefined;
    checkAdmitted(channel.peer);
    return lineOver(channel);
  } catch (error) {
    signal?.throwIfAborted();
    throw cannotTalk('the process that would roll a change back cannot be reached', error);
  } finally {
    directory.descriptor.close();
  }
}

export async function forgetGuardian(place: Place): Promise<void> {
  const directory = findStateDirectory();
  if (directory === undefined) return;
  await removeSocket(directory.descriptor.at(guardianSocket(place)));
  directory.descriptor.close();
}

/** The value for a firewall that has no guardian. */
export const NO_GUARDIANS: Pick<Guardians, 'find' | 'forget'> = {
  find: async () => undefined,
  forget: async () => {},
};

/** The options of a guardian process. The mark is the one at the time the process is started. */
type ProcessOptions = Omit<GuardianOptions, 'mark' | 'hasNamespace'> &
  Place & { readonly lockFile: string; readonly mark: () => GuardianOptions['mark'] };

/** Guardians that are processes of their own. */
export class GuardianProcesses implements Guardians {
  constructor(readonly options: ProcessOptions) {}

  find(signal?: AbortSignal): Promise<GuardianLine | 'gone' | undefined> {
    return findGuardian(this.options, signal);
  }

  forget(): Promise<void> {
    return forgetGuardian(this.options);
  }

  async connect(signal?: AbortSignal): Promise<GuardianLine> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const line = await this.find(signal);
      if (line !== undefined && line !== 'gone') return line;
      await this.#start(signal);
    }
    throw new FirewallError(
      'ERR_GUARDIAN',
      'the process that would roll the change back ends as soon as it is started; nothing was changed',
    );
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    const { namespace, lockFile, mark, ...options } = this.options;
    const directory = openStateDirectory();
    try {
      const told = { ...options, mark: mark(), hasNamespace: namespace !== undefined };
      await startGuardian(told, { directory, namespace, lockFile }, signal);
    } finally {
      directory.descriptor.close();
    }
  }
}

function lineOver(channel: Channel): GuardianLine {
  return {
    name: describePeer(channel.peer),
    async ask(question, signal) {
      const reply = await channel.ask(question, undefined, signal);
      if (reply.is === 'answer') return reply.value as Answer;
      return reply.is === 'silent' ? 'silent' : undefined;
    },
    giveUp() {
      channel.tell({ do: 'abandon' } satisfies Question);
      channel.close();
    },
    end: () => channel.end(),
    close: () => channel.close(),
  };
}

/** The connection to a guardian that accepts no connections. */
const SILENT_LINE: GuardianLine = {
  name: 'the process that listens there',
  ask: async () => 'silent',
  giveUp: () => {},
  end: async () => {},
  close: () => {},
};

/** Returns the change that waits for a confirmation; undefined if none does. */
export async function pendingOf(guardians: Pick<Guardians, 'find'>): Promise<PendingConfirmation | undefined> {
  const line = await guardians.find();
  if (line === undefined) return undefined;
  if (line === 'gone') return { guardian: 'gone' };
  const answer = await line.ask({ do: 'status' });
  line.close();
  if (answer === 'silent') return { guardian: 'silent', process: line.name };
  if (answer?.is !== 'status') return undefined;
  const { is: _is, ...status } = answer;
  return { guardian: 'running', ...status };
}

/**
 * Confirms the waiting change, so that it stays. Resolves when its guardian has ended.
 * @param id confirms only the change with this id
 * @throws FirewallError ERR_NOT_FOUND, ERR_GUARDIAN (it does not answer)
 */
export async function confirmPending(guardians: Pick<Guardians, 'find' | 'forget'>, id?: string): Promise<void> {
  const line = await guardians.find();
  if (line === 'gone' && id === undefined) return guardians.forget();
  const isLine = line !== undefined && line !== 'gone';
  const answer = isLine ? await line.ask({ do: 'confirm', ...(id !== undefined && { id }) }) : undefined;
  if (isLine && answer === 'silent') {
    line.close();
    throw silent(line, 'whether the change stays is seen by `portshift list` once it goes on');
  }
  if (isLine && answer !== 'silent' && answer?.is === 'done') return line.end();
  if (isLine) line.close();
  throw new FirewallError(
    'ERR_NOT_FOUND',
    'no change waits for this confirmation: it was confirmed already, or was rolled back when its time was up; see what is installed',
  );
}

/**
 * Ends the guardian if rolling back would change nothing, because the change is undone already.
 * @throws FirewallError ERR_GUARDIAN (it does not answer)
 */
export async function releasePending(guardians: Pick<Guardians, 'find' | 'forget'>): Promise<void> {
  const pending = await pendingOf(guardians);
  if (pending === undefined) return;
  if (pending.guardian === 'silent') throw silent({ name: pending.process }, 'once it goes on, it restores them again');
  const isUndone = pending.guardian === 'gone' || pending.added.length + pending.removed.length === 0;
  if (isUndone && !('failure' in pending)) await confirmPending(guardians);
}

/** Returns the error for a guardian that does not answer. @param consequence the state of the rules, for the message */
export function silent({ name }: Pick<GuardianLine, 'name'>, consequence: string): FirewallError {
  return new FirewallError(
    'ERR_GUARDIAN',
    `the process that rolls an unconfirmed change back, ${name}, does not answer, as it is stopped or frozen: ${consequence}; let it go on (kill -CONT), or end it (kill -KILL)`,
  );
}
