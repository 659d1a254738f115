#include "iptc/table_editor.h"

#include <algorithm>
#include <cerrno>

#include "common/error.h"

namespace portshift::iptc {

void applyEdit(Table& table, const Edit& edit) {
  switch (edit.kind) {
    case Edit::Kind::kCreateChain:
      return table.createChain(edit.chain);
    case Edit::Kind::kDeleteChain:
      return table.deleteChain(edit.chain);
    case Edit::Kind::kInsert:
      return table.insert(edit.chain, edit.position, edit.entry, edit.counters);
    case Edit::Kind::kRemove:
      return table.remove(edit.chain, edit.position);
  }
}

void TableEditor::apply(const Operation& operation) {
  const std::string chain(operation.chain);
  switch (operation.kind) {
    case OperationKind::kCreateChain:
      return createChain(chain);
    case OperationKind::kDeleteChain:
      return deleteChain(chain);
    case OperationKind::kInsert:
      return insert(chain, operation.entry);
    case OperationKind::kAppend:
      return append(chain, operation.entry);
    case OperationKind::kDelete:
      return remove(chain, operation.entry);
  }
}

std::vector<Edit> TableEditor::takeInverse() {
  std::reverse(inverse_.begin(), inverse_.end());
  return std::move(inverse_);
}

void TableEditor::createChain(const std::string& chain) {
  table_.createChain(chain);
  chains_[chain] = ChainState{};
  noteInverse(Edit::Kind::kDeleteChain, chain);
}

void TableEditor::deleteChain(const std::string& chain) {
  table_.deleteChain(chain);
  chains_.erase(chain);
  noteInverse(Edit::Kind::kCreateChain, chain);
}

void TableEditor::insert(const std::string& chain, ByteView entry) {
  ChainState& state = chains_[chain];
  std::size_t& size = sizeOf(state, chain);
  table_.insert(chain, 0, entry, {});
  ++size;
  if (state.index) state.index->pushFront(entry);
  noteInverse(Edit::Kind::kRemove, chain);
}

void TableEditor::append(const std::string& chain, ByteView entry) {
  ChainState& state = chains_[chain];
  std::size_t& size = sizeOf(state, chain);
  table_.append(chain, entry, {});
  if (state.index) state.index->pushBack(entry);
  noteInverse(Edit::Kind::kRemove, chain, size);
  ++size;
}

void TableEditor::remove(const std::string& chain, ByteView entry) {
  ChainState& state = chains_[chain];
  const auto removed = indexOf(state, chain).removeFirst(entry);
  if (!removed) {
    Error error(ErrorKind::kOperation,
                describe(table_.id()) + " " + chain + ": there is no such rule to delete");
    error.failure().code = ENOENT;
    throw error;
  }
  table_.remove(chain, removed->position);
  --sizeOf(state, chain);
  if (!keeps_inverse_) return;
  inverse_.push_back({Edit::Kind::kInsert, chain, removed->position,
                      Bytes(entry.begin(), entry.end()), removed->counters});
}

void TableEditor::noteInverse(Edit::Kind kind, const std::string& chain, std::size_t position) {
  if (keeps_inverse_) inverse_.push_back({kind, chain, position, {}, {}});
}

std::size_t& TableEditor::sizeOf(ChainState& state, const std::string& chain) const {
  if (!state.size) state.size = table_.countRules(chain);
  return *state.size;
}

ChainIndex& TableEditor::indexOf(ChainState& state, const std::string& chain) const {
  if (!state.index) {
    const Family family = table_.id().family;
    std::vector<ChainIndex::Rule> rules;
    table_.forEachRule(chain, [&rules, family](const TableEntry& entry) {
      rules.push_back({entry.canonical(family), entry.counters(family)});
    });
    state.size = rules.size();
    state.index.emplace(std::move(rules));
  }
  return *state.index;
}

}  // namespace portshift::iptc
