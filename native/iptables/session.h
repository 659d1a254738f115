#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "iptables/change.h"
#include "iptables/locked_tables.h"
#include "iptables/snapshot.h"
#include "iptables/transaction.h"
#include "iptables/xtables_lock.h"
#include "thread/stop_signal.h"

namespace portshift::iptc {

/**
 * The legacy tables of one network namespace. All members must be called on the thread that
 * constructed the object.
 */
class Session {
 public:
  /**
   * Moves the calling thread into the network namespace at that path, unless the path is empty.
   * Throws an Error of kind kNamespace.
   */
  Session(const std::string& network_namespace, std::string lock_file);

  const std::vector<Family>& families() const { return families_; }

  /**
   * Reads tables under the lock. If `known` has a fingerprint for each table and all of them match,
   * the snapshot contains only counters.
   */
  Snapshot read(const std::vector<TableId>& ids, const std::string& prefix,
                const std::vector<std::uint64_t>& known, const LockWait& wait, StopSignal& stop);

  /**
   * Reads tables without the lock, so each of them is consistent only in itself. Checks first that
   * the thread may access tables at all.
   */
  Snapshot look(const std::vector<TableId>& ids, const std::string& prefix);

  CommitResult commit(const Change& change, const std::string& prefix, const LockWait& wait,
                      StopSignal& stop);

  /** Frees the tables that the last commit has left behind; no caller needs to wait for this. */
  void tidy() { spent_.reset(); }

  /** Releases the lock and discards what was read ahead. */
  void letGo() { ahead_.reset(); }

  /** Closes and frees everything that is open. */
  void release();

  /**
   * Prepares a commit that is still being planned and probably concerns these tables: takes the
   * lock, if it is free, and reads the tables. Releases the lock if `isAnnouncedSoon` returns
   * false, which means that no next step followed in time. Errors are ignored, because the commit
   * will encounter them again.
   */
  void readAhead(const std::vector<ExpectedTable>& tables, const std::string& prefix,
                 const std::function<bool()>& isAnnouncedSoon, StopSignal& stop) noexcept;

  /**
   * If tables were read ahead, applies in memory the part of the change that exists by now.
   * Releases the lock and ignores errors as readAhead() does.
   */
  void editAhead(const std::shared_ptr<const Change>& change,
                 const std::function<bool()>& isAnnouncedSoon) noexcept;

 private:
  static Snapshot readAll(const std::vector<TableId>& ids, LockedTables& tables);
  static std::optional<Snapshot> readKnown(const std::vector<TableId>& ids,
                                           const std::vector<std::uint64_t>& known,
                                           LockedTables& tables);

  /** One hold of the lock. It must not be moved. */
  struct Hold {
    Hold(XtablesLock taken, LockedTables locked)
        : lock(std::move(taken)), tables(std::move(locked)) {}

    XtablesLock lock;
    LockedTables tables;
    /** The change that is being applied ahead. */
    std::shared_ptr<const Change> change;
    std::optional<Transaction> transaction;
  };

  std::unique_ptr<Hold> lockTables(const std::string& prefix, const LockWait& wait,
                                   StopSignal& stop);

  XtablesLockFile lock_file_;
  std::vector<Family> families_;
  TableMemory memory_;
  std::unique_ptr<Hold> ahead_;
  std::optional<LockedTables> spent_;
};

}  // namespace portshift::iptc
