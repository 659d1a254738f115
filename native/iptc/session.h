#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/stop_signal.h"
#include "iptc/change.h"
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
                const std::vector<std::uint64_t>& known, const LockWait& wait,
                StopSignal& stop) const;

  CommitResult commit(const Change& change, const std::string& prefix, const LockWait& wait,
                      StopSignal& stop) const;

 private:
  static std::optional<Snapshot> readKnown(const std::vector<TableId>& ids,
                                           const std::string& prefix,
                                           const std::vector<std::uint64_t>& known);

  std::string lock_file_;
  std::vector<Family> families_;
};

}  // namespace portshift::iptc
