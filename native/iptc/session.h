#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/stop_signal.h"
#include "iptc/change.h"
#include "iptc/locked_tables.h"
#include "iptc/snapshot.h"
#include "iptc/transaction.h"
#include "iptc/xtables_lock.h"

namespace portshift::iptc {

/** The legacy tables of one network namespace. Every member runs on the thread that made the
 * object. */
class Session {
 public:
  /** Moves the calling thread into the namespace at that path; empty: it stays. Throws an Error of
   * kind kNamespace. */
  Session(const std::string& network_namespace, std::string lock_file);

  const std::vector<Family>& families() const { return families_; }

  /**
   * With a fingerprint for each table in `known`: only what the rules have counted, if the tables
   * have these.
   */
  Snapshot read(const std::vector<TableId>& ids, const std::string& prefix,
                const std::vector<std::uint64_t>& known, const LockWait& wait, StopSignal& stop);

  /**
   * The same without the lock: each table as it is at one moment. It asks first whether the thread
   * may have tables at all.
   */
  Snapshot look(const std::vector<TableId>& ids, const std::string& prefix);

  CommitResult commit(const Change& change, const std::string& prefix, const LockWait& wait,
                      StopSignal& stop);

  /** Frees what the last commit has left, which nobody need wait for. */
  void tidy() { spent_.reset(); }

  /** Lets go of the lock, and of what was read ahead. */
  void letGo() { ahead_.reset(); }

  /** Lets go of all that it has open. */
  void release();

  /**
   * For a commit that is being planned, and is about these tables as far as one can tell: takes the
   * lock, if nobody else has it, and reads them. Lets go of it again where what comes next is not
   * announced soon. Whatever goes wrong here is the commit's to meet once more.
   */
  void readAhead(const std::vector<ExpectedTable>& tables, const std::string& prefix,
                 const std::function<bool()>& isAnnouncedSoon, StopSignal& stop) noexcept;

  /** Where tables were read ahead: carries out in memory what there is of the change by now. The
   * same holds for it. */
  void editAhead(const std::shared_ptr<const Change>& change,
                 const std::function<bool()>& isAnnouncedSoon) noexcept;

 private:
  static Snapshot readAll(const std::vector<TableId>& ids, LockedTables& tables);
  static std::optional<Snapshot> readKnown(const std::vector<TableId>& ids,
                                           const std::vector<std::uint64_t>& known,
                                           LockedTables& tables);

  /** One hold of the lock. It stays where it is. */
  struct Hold {
    Hold(XtablesLock taken, LockedTables locked)
        : lock(std::move(taken)), tables(std::move(locked)) {}

    XtablesLock lock;
    LockedTables tables;
    /** What is edited ahead. */
    std::shared_ptr<const Change> change;
    std::optional<Transaction> transaction;
  };

  std::unique_ptr<Hold> lockTables(const std::string& prefix, const LockWait& wait,
                                   StopSignal& stop);

  std::string lock_file_;
  std::vector<Family> families_;
  TableMemory memory_;
  std::unique_ptr<Hold> ahead_;
  std::optional<LockedTables> spent_;
};

}  // namespace portshift::iptc
