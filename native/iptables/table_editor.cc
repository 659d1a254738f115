#include "iptables/table_editor.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "iptables/fingerprint.h"
#include "util/error.h"

namespace portshift::iptc {

void TableEditor::apply(const Operation& operation) {
  ChainState& state = stateOf(operation.chain);
  const auto note = [&](Edit::Kind kind, std::size_t position = 0) {
    inverse_.push_back({kind, operation.chain, position, {}, {}});
  };
  switch (operation.kind) {
    case OperationKind::kCreateChain:
      createChain(state);
      return note(Edit::Kind::kDeleteChain);
    case OperationKind::kDeleteChain:
      deleteChain(state);
      return note(Edit::Kind::kCreateChain);
    case OperationKind::kInsert:
      insert(state, operation.entry);
      return note(Edit::Kind::kRemove);
    case OperationKind::kAppend:
      append(state, operation.entry);
      return note(Edit::Kind::kRemove, *state.size - 1);
    case OperationKind::kDelete: {
      const ChainIndex::Removed removed = remove(state, operation.entry);
      inverse_.push_back({Edit::Kind::kInsert, operation.chain, removed.position, operation.entry,
                          removed.counters});
    }
  }
}

void TableEditor::apply(const Edit& edit) {
  ChainState& state = stateOf(edit.chain);
  const std::string& name = state.chain.name;
  // The index does not support edits by position.
  state.index.reset();
  switch (edit.kind) {
    case Edit::Kind::kCreateChain:
      state.exists = true;
      return table_.createChain(name);
    case Edit::Kind::kDeleteChain:
      state.exists = false;
      return table_.deleteChain(name);
    case Edit::Kind::kInsert:
      return table_.insert(name, edit.position, edit.entry, edit.counters);
    case Edit::Kind::kRemove:
      return table_.remove(name, edit.position);
  }
}

EditedTable TableEditor::finish() && {
  std::uint64_t after = before_;
  for (auto& [name, state] : chains_) after += fingerprintNow(state) - state.before;
  std::reverse(inverse_.begin(), inverse_.end());
  return {std::move(table_), before_, after, std::move(inverse_)};
}

TableEditor::ChainState& TableEditor::stateOf(std::string_view chain) {
  const auto [found, is_new] = chains_.try_emplace(chain);
  ChainState& state = found->second;
  if (is_new) {
    const std::string name(chain);
    const auto known = table_.findChain(name);
    state.exists = known.has_value();
    state.chain = known.value_or(Chain{name, std::nullopt});
    state.is_own = chain.substr(0, prefix_.size()) == prefix_;
    state.before = fingerprintNow(state);
  }
  return state;
}

/**
 * Returns the chain's contribution to the fingerprint. That of an own chain is computed from its
 * index.
 */
std::uint64_t TableEditor::fingerprintNow(ChainState& state) const {
  if (!state.exists) return emptyFingerprint();
  if (!state.is_own) return fingerprintIn(table_, state.chain.name, prefix_);
  Fingerprint fingerprint;
  fingerprint.chain(state.chain);
  indexOf(state).forEach([&fingerprint](std::uint64_t hash) { fingerprint.rule(hash); });
  return fingerprint.value();
}

void TableEditor::createChain(ChainState& state) {
  table_.createChain(state.chain.name);
  state.exists = true;
  state.size = 0;
  state.index.emplace(std::vector<ChainIndex::Rule>());
}

void TableEditor::deleteChain(ChainState& state) {
  table_.deleteChain(state.chain.name);
  state.exists = false;
  state.size.reset();
  state.index.reset();
}

void TableEditor::insert(ChainState& state, ByteView entry) {
  std::size_t& size = sizeOf(state);
  table_.insert(state.chain.name, 0, entry, {});
  ++size;
  if (state.index) state.index->pushFront(hashOfRule(entry));
}

void TableEditor::append(ChainState& state, ByteView entry) {
  std::size_t& size = sizeOf(state);
  table_.append(state.chain.name, entry, {});
  ++size;
  if (state.index) state.index->pushBack(hashOfRule(entry));
}

ChainIndex::Removed TableEditor::remove(ChainState& state, ByteView entry) {
  const auto removed = indexOf(state).removeFirst(hashOfRule(entry));
  if (!removed) {
    Error error(ErrorKind::kOperation, describe(table_.id()) + " " + state.chain.name +
                                           ": there is no such rule to delete");
    error.failure().code = ENOENT;
    throw error;
  }
  table_.remove(state.chain.name, removed->position);
  --sizeOf(state);
  return *removed;
}

std::size_t& TableEditor::sizeOf(ChainState& state) const {
  if (!state.size) state.size = table_.countRules(state.chain.name);
  return *state.size;
}

ChainIndex& TableEditor::indexOf(ChainState& state) const {
  if (!state.index) {
    const Family family = table_.id().family;
    Bytes canonical;
    std::vector<ChainIndex::Rule> rules;
    table_.forEachRule(state.chain.name, [&](const TableEntry& entry) {
      entry.writeCanonical(family, canonical);
      rules.push_back({hashOfRule(canonical), entry.counters(family)});
    });
    state.size = rules.size();
    state.index.emplace(rules);
  }
  return *state.index;
}

}  // namespace portshift::iptc
