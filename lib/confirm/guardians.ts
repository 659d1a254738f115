import { FirewallError } from '../errors';
import { Channel, removeSocket } from '../state/channel';
import type { Place } from '../state/directory';
import { type Answer, existingGuardianPath, type GuardianOptions, type PendingStatus, type Question } from './protocol';
import { startGuardian } from './start';

/** Someone to talk to a guardian by. */
export interface GuardianLine {
  /** Undefined: the guardian is gone. */
  ask(question: Question): Promise<Answer | undefined>;
  /** Resolves when the guardian is gone. */
  end(): Promise<void>;
  close(): void;
}

/** The guardian of one owner's rules in one namespace, of which there is one at most. */
export interface Guardians {
  /** `gone`: something killed it while a change was waiting. */
  find(): Promise<GuardianLine | 'gone' | undefined>;
  /** Forgets one that is gone. */
  forget(): Promise<void>;
  /** Starts one where there is none. @throws FirewallError ERR_GUARDIAN, ERR_PERMISSION */
  connect(): Promise<GuardianLine>;
}

/** What waits for its confirmation; `gone` where something killed the process that would roll it back. */
export type PendingConfirmation = ({ readonly guardian: 'running' } & PendingStatus) | { readonly guardian: 'gone' };

export async function findGuardian(place: Place): Promise<GuardianLine | 'gone' | undefined> {
  const path = await existingGuardianPath(place);
  if (path === undefined) return undefined;
  const channel = await Channel.connect(path);
  return channel === 'stale' ? 'gone' : lineOver(channel);
}

export async function forgetGuardian(place: Place): Promise<void> {
  const path = await existingGuardianPath(place);
  if (path !== undefined) await removeSocket(path);
}

/** Where there is never one. */
export const NO_GUARDIANS: Pick<Guardians, 'find' | 'forget'> = {
  find: async () => undefined,
  forget: async () => {},
};

/** What is told to a guardian process; the mark as it is when one is started. */
type ProcessOptions = Omit<GuardianOptions, 'mark'> & { readonly mark: () => GuardianOptions['mark'] };

/** Guardians as processes. */
export class GuardianProcesses implements Guardians {
  constructor(readonly options: ProcessOptions) {}

  find(): Promise<GuardianLine | 'gone' | undefined> {
    return findGuardian(this.options);
  }

  forget(): Promise<void> {
    return forgetGuardian(this.options);
  }

  async connect(): Promise<GuardianLine> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const line = await this.find();
      if (line !== undefined && line !== 'gone') return line;
      await startGuardian({ ...this.options, mark: this.options.mark() });
    }
    throw new FirewallError(
      'ERR_GUARDIAN',
      'the process that would roll the change back ends as soon as it is started',
    );
  }
}

function lineOver(channel: Channel | undefined): GuardianLine | undefined {
  if (channel === undefined) return undefined;
  return {
    ask: async (question) => (await channel.ask(question)) as Answer | undefined,
    end: () => channel.end(),
    close: () => channel.close(),
  };
}

/** What waits, if anything does. */
export async function pendingOf(guardians: Pick<Guardians, 'find'>): Promise<PendingConfirmation | undefined> {
  const line = await guardians.find().catch((error: unknown) => {
    // Where there is no place for a guardian's socket, there is none.
    if (error instanceof FirewallError && error.code === 'ERR_PERMISSION') return undefined;
    throw error;
  });
  if (line === undefined) return undefined;
  if (line === 'gone') return { guardian: 'gone' };
  const answer = await line.ask({ do: 'status' });
  line.close();
  if (answer?.is !== 'status') return undefined;
  const { is: _is, ...status } = answer;
  return { guardian: 'running', ...status };
}

/**
 * What waits stays, and its guardian ends; resolves when it has.
 * @param id only if that is what waits
 * @throws FirewallError ERR_NOT_FOUND
 */
export async function confirmPending(guardians: Pick<Guardians, 'find' | 'forget'>, id?: string): Promise<void> {
  const line = await guardians.find();
  if (line === 'gone' && id === undefined) return guardians.forget();
  const isLine = line !== undefined && line !== 'gone';
  const answer = isLine ? await line.ask({ do: 'confirm', ...(id !== undefined && { id }) }) : undefined;
  if (answer?.is === 'done' && isLine) return line.end();
  if (isLine) line.close();
  throw new FirewallError(
    'ERR_NOT_FOUND',
    'no change waits for this confirmation: it was confirmed already, or was rolled back when its time was up; see what is installed',
  );
}

/** Ends the guardian where rolling back would change nothing, as somebody has done it. */
export async function releasePending(guardians: Pick<Guardians, 'find' | 'forget'>): Promise<void> {
  const pending = await pendingOf(guardians);
  if (pending === undefined) return;
  const isUndone = pending.guardian === 'gone' || pending.added.length + pending.removed.length === 0;
  if (isUndone && !('failure' in pending)) await confirmPending(guardians);
}
