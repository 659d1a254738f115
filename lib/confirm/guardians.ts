import { FirewallError } from '../errors';
import { Channel, cannotTalk, checkAdmitted, describePeer, removeSocket } from '../state/channel';
import { findStateDirectory, openStateDirectory } from '../state/directory';
import { guardianSocket, type Place } from '../state/place';
import type { Answer, GuardianOptions, PendingStatus, Question } from './protocol';
import { startGuardian } from './start';

/** What a guardian says to a question. `silent`: it is there, and says nothing; undefined: it is gone. */
export type Said = Answer | 'silent' | undefined;

/** Someone to talk to a guardian by. */
export interface GuardianLine {
  /** The guardian, for messages. */
  readonly name: string;
  /** @throws the signal's reason */
  ask(question: Question, signal?: AbortSignal): Promise<Said>;
  /** Takes back what was asked and not answered, as far as that may still come. */
  giveUp(): void;
  /** Resolves when the guardian is gone, or does not go. */
  end(): Promise<void>;
  close(): void;
}

/** The guardian of one owner's rules in one namespace, of which there is one at most. */
export interface Guardians {
  /** `gone`: something killed it while a change was waiting. */
  find(signal?: AbortSignal): Promise<GuardianLine | 'gone' | undefined>;
  /** Forgets one that is gone. */
  forget(): Promise<void>;
  /** Starts one where there is none. @throws FirewallError ERR_GUARDIAN, ERR_PERMISSION; the signal's reason */
  connect(signal?: AbortSignal): Promise<GuardianLine>;
}

/**
 * What waits for its confirmation. `gone`: something killed the process that would roll it back. `silent`: that process
 * does not answer, as it is stopped or frozen.
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

/** Where there is never one. */
export const NO_GUARDIANS: Pick<Guardians, 'find' | 'forget'> = {
  find: async () => undefined,
  forget: async () => {},
};

/** What is told to a guardian process; the mark as it is when one is started. */
type ProcessOptions = Omit<GuardianOptions, 'mark' | 'hasNamespace'> &
  Place & { readonly lockFile: string; readonly mark: () => GuardianOptions['mark'] };

/** Guardians as processes. */
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

/** To one that does not even take connections. */
const SILENT_LINE: GuardianLine = {
  name: 'the process that listens there',
  ask: async () => 'silent',
  giveUp: () => {},
  end: async () => {},
  close: () => {},
};

/** What waits, if anything does. */
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
 * What waits stays, and its guardian ends; resolves when it has.
 * @param id only if that is what waits
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
 * Ends the guardian where rolling back would change nothing, as somebody has done it.
 * @throws FirewallError ERR_GUARDIAN (it does not answer)
 */
export async function releasePending(guardians: Pick<Guardians, 'find' | 'forget'>): Promise<void> {
  const pending = await pendingOf(guardians);
  if (pending === undefined) return;
  if (pending.guardian === 'silent') throw silent({ name: pending.process }, 'once it goes on, it restores them again');
  const isUndone = pending.guardian === 'gone' || pending.added.length + pending.removed.length === 0;
  if (isUndone && !('failure' in pending)) await confirmPending(guardians);
}

/** @param consequence what stands, or comes of it */
export function silent({ name }: Pick<GuardianLine, 'name'>, consequence: string): FirewallError {
  return new FirewallError(
    'ERR_GUARDIAN',
    `the process that rolls an unconfirmed change back, ${name}, does not answer, as it is stopped or frozen: ${consequence}; let it go on (kill -CONT), or end it (kill -KILL)`,
  );
}
